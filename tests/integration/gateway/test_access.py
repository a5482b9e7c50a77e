from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from runtime.ids import new_id
from support.gateway.front_door import FrontDoor

PLACES = [
    ("GET", "/v1/sessions/{session}"),
    ("DELETE", "/v1/sessions/{session}"),
    ("GET", "/v1/sessions/{session}/messages"),
    ("POST", "/v1/sessions/{session}/messages"),
    ("GET", "/v1/sessions/{session}/events"),
    ("GET", "/v1/sessions/{session}/summary"),
    ("GET", "/v1/sessions/{session}/frames/{session}"),
    ("POST", "/v1/sessions/{session}/recording?name=a.mp4"),
    ("GET", "/v1/sessions/{session}/frames"),
    ("GET", "/v1/sessions/{session}/messages/{session}/feedback"),
    ("PUT", "/v1/sessions/{session}/messages/{session}/feedback"),
    ("GET", "/v1/usage?session={session}"),
    ("GET", "/v1/sessions/{session}/costs"),
    ("GET", "/v1/usage.csv?session={session}"),
    ("GET", "/v1/usage/rows.csv?session={session}"),
    ("GET", "/v1/knowledge/{document}"),
    ("DELETE", "/v1/knowledge/{document}"),
]


async def one_document(client: httpx.AsyncClient) -> str:
    reply = await client.post("/v1/knowledge", files={"files": ("plans.md", b"# Plans\n")})
    return reply.json()["documents"][0]["document_id"]


@pytest.mark.parametrize(("method", "place"), PLACES)
async def test_what_is_anothers_is_as_absent_as_what_never_was(
    method: str,
    place: str,
    ours: httpx.AsyncClient,
    theirs: httpx.AsyncClient,
    session_id: str,
) -> None:
    body = {"text": "What is this?", "rating": "good"} if method in {"POST", "PUT"} else None
    document_id = await one_document(ours)
    answers = [
        await theirs.request(method, place.format(session=session, document=document), json=body)
        for session, document in ((session_id, document_id), (new_id(), new_id()))
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()


async def test_without_a_key_in_force_nobody_is_let_in(door: FrontDoor, session_id: str) -> None:
    async with door.client(None) as nobody:
        for headers in ({}, {"Authorization": "Bearer pk_wrong"}, {"Authorization": "Basic eA=="}):
            reply = await nobody.get(f"/v1/sessions/{session_id}", headers=headers)
            assert reply.status_code == 401
            assert reply.headers["content-type"] == "application/problem+json"
            assert reply.json()["code"] == "unauthorized"


async def test_lists_show_ones_own_only(ours: httpx.AsyncClient, theirs: httpx.AsyncClient) -> None:
    await one_document(ours)
    assert (await theirs.get("/v1/knowledge")).json() == {"documents": [], "next": None}
    assert len((await ours.get("/v1/knowledge")).json()["documents"]) == 1


@pytest.mark.parametrize(
    "sent",
    [b"{", b'"text"', b'{"text": ""}', b'{"text": "   "}', b'{"text": "\\u0000"}', b'{"text": 1}'],
)
async def test_a_body_of_another_shape_is_refused_with_its_reason(
    sent: bytes, ours: httpx.AsyncClient, session_id: str
) -> None:
    reply = await ours.post(
        f"/v1/sessions/{session_id}/messages",
        content=sent,
        headers={"Content-Type": "application/json"},
    )
    assert reply.status_code == 422
    assert reply.json()["code"] == "invalid_body"


async def test_a_body_that_hides_its_size_is_cut_off(
    ours: httpx.AsyncClient, session_id: str
) -> None:
    async def in_pieces() -> AsyncIterator[bytes]:
        for _ in range(8):
            yield b" " * 65_536

    reply = await ours.post(f"/v1/sessions/{session_id}/messages", content=in_pieces())
    assert (reply.status_code, reply.json()["code"]) == (413, "too_large")


async def test_the_routes_describe_themselves(ours: httpx.AsyncClient) -> None:
    described = (await ours.get("/openapi.json")).json()
    assert {"/v1/sessions/{session_id}/summary", "/v1/knowledge"} <= described["paths"].keys()
    summary = described["paths"]["/v1/sessions/{session_id}/summary"]["get"]["responses"]
    assert summary["200"]["content"]["application/json"]["schema"]["$ref"].endswith(
        "SessionSummary"
    )


async def test_nothing_is_left_of_a_recording_that_is_none(
    ours: httpx.AsyncClient, session_id: str, tmp_path: Path
) -> None:
    url = f"/v1/sessions/{session_id}/recording"
    reply = await ours.post(url, params={"name": "talk.mp4"}, content=b"\x17noise" * 3_000)
    assert (reply.status_code, reply.json()["code"]) == (415, "unsupported_type")
    assert "talk.mp4" in reply.json()["detail"]
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
