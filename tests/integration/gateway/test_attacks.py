import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from redis.asyncio import Redis

from support.eventually import eventually
from support.gateway.front_door import FrontDoor, front_door

SCRIPT = "<img src=x onerror=alert(1)>.md"


@pytest.fixture
async def strict(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> AsyncIterator[FrontDoor]:
    """A gateway that lets little through."""
    async with front_door(
        servers,
        redis,
        tmp_path,
        max_tenant_streams=3,
        max_streams=5,
        max_upload_bytes=100_000,
        keep_alive_s=0.2,
    ) as opened:
        yield opened


async def sent_slowly(door: FrontDoor, head: str) -> bytes:
    """The answer to a request whose body never comes."""
    place = urlsplit(door.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(head.replace("\n", "\r\n").encode())
    await writer.drain()
    try:
        async with asyncio.timeout(5):
            return await reader.read(4_096)
    finally:
        writer.close()


async def test_who_sends_no_body_is_told_so_and_let_go(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    async with front_door(servers, redis, tmp_path, answer_within_s=0.5) as door:
        answer = await sent_slowly(
            door,
            "POST /v1/sessions HTTP/1.1\nHost: here\n"
            f"Authorization: Bearer {door.keys['a']}\n"
            "Content-Type: application/json\nContent-Length: 100\n\n{",
        )
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"timeout"' in answer


@pytest.mark.parametrize(
    ("path", "begins"),
    [
        (
            "/v1/knowledge",
            '--x\nContent-Disposition: form-data; name="files"; filename="a.md"\n\n',
        ),
        ("/v1/sessions/{session}/recording?name=a.mp4", "\0\0\0\x18ftypmp42"),
    ],
)
async def test_a_file_that_stops_coming_is_told_so_and_nothing_is_left_of_it(
    path: str, begins: str, servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    async with (
        front_door(servers, redis, tmp_path, answer_within_s=0.5) as door,
        door.client("a") as client,
    ):
        session = (await client.post("/v1/sessions", json={})).json()["session_id"]
        answer = await sent_slowly(
            door,
            f"POST {path.format(session=session)} HTTP/1.1\nHost: here\n"
            f"Authorization: Bearer {door.keys['a']}\n"
            "Content-Type: multipart/form-data; boundary=x\nContent-Length: 100000\n\n"
            f"{begins}{'x' * 9_000}",
        )
    assert answer.startswith(b"HTTP/1.1 408 "), answer
    assert b'"code":"timeout"' in answer
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


async def test_a_file_that_comes_slowly_but_comes_is_taken(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.md"\r\n\r\n'
        for _ in range(6):  # together longer than a request of JSON may take
            await asyncio.sleep(0.25)
            yield b"# Plans\n"
        yield b"\r\n--x--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    async with (
        front_door(
            servers, redis, tmp_path, answer_within_s=1, upload_least_bytes_per_s=10
        ) as door,
        door.client("a") as client,
    ):
        reply = await client.post("/v1/knowledge", content=slowly(), headers=headers)
    assert reply.status_code == 202, reply.text


async def test_an_upload_that_claims_or_turns_out_to_be_too_large_is_refused(
    strict: FrontDoor,
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.md"\r\n\r\n'
        for _ in range(200):
            yield b"a" * 10_000

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    async with strict.client("a") as client:
        claimed = await client.post("/v1/knowledge", files={"files": ("a.md", b"a" * 200_000)})
        found_out = await client.post("/v1/knowledge", content=endless(), headers=headers)
        for reply in (claimed, found_out):
            assert (reply.status_code, reply.json()["code"]) == (413, "too_large")
        assert (await client.get("/v1/knowledge")).json()["documents"] == []


async def is_kept_alive(lines: AsyncIterator[str]) -> bool:
    """False when the stream ends first."""
    async for line in lines:
        if line == ": still here":
            return True
    return False


async def test_too_many_event_streams_are_refused_and_the_others_live_on(
    strict: FrontDoor,
) -> None:
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(strict.client("a"))
        theirs = await stack.enter_async_context(strict.client("b"))
        held: list[AsyncIterator[str]] = []  # what nobody holds is closed
        for client, most in ((ours, 3), (theirs, 2)):  # the tenant's limit, then the process's
            session_id = (await client.post("/v1/sessions", json={})).json()["session_id"]
            url = f"/v1/sessions/{session_id}/events"
            opened = [
                await stack.enter_async_context(client.stream("GET", url)) for _ in range(most)
            ]
            assert [stream.status_code for stream in opened] == [200] * most
            lines = [stream.aiter_lines() for stream in opened]
            held += lines
            assert [await anext(line) for line in lines] == [": open"] * most
            for _ in range(20):
                async with asyncio.timeout(5):
                    refused = await client.get(url)
                assert (refused.status_code, refused.json()["code"]) == (429, "busy")
                assert int(refused.headers["Retry-After"]) > 0
        async with asyncio.timeout(10):
            assert [await is_kept_alive(lines) for lines in held] == [True] * 5


async def test_a_stream_that_is_left_makes_room(strict: FrontDoor) -> None:
    async with strict.client("a") as client:
        session_id = (await client.post("/v1/sessions", json={})).json()["session_id"]

        async def is_let_in() -> bool:
            async with client.stream("GET", f"/v1/sessions/{session_id}/events") as stream:
                return stream.status_code == 200 and bool(await anext(stream.aiter_lines()))

        for _ in range(8):  # more than may be open at a time
            assert await eventually(is_let_in, timeout_s=5)


async def test_a_script_in_a_name_stays_text(ours: httpx.AsyncClient) -> None:
    await ours.post("/v1/knowledge", files={"files": (SCRIPT, b"# Plans\n")})
    reply = await ours.get("/v1/knowledge")
    (document,) = reply.json()["documents"]
    assert document["name"] == SCRIPT
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in reply.headers["content-security-policy"]


async def test_anothers_event_id_opens_nothing(
    ours: httpx.AsyncClient, theirs: httpx.AsyncClient, session_id: str
) -> None:
    url = f"/v1/sessions/{session_id}/events"
    refused = await theirs.get(url, headers={"Last-Event-ID": "1-0"})
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    wrong = await ours.get(url, headers={"Last-Event-ID": "$"})
    assert wrong.status_code == 422


@pytest.mark.parametrize("name", ["X-Tenant-Id", "X-Forwarded-User", "Tenant"])
async def test_no_header_makes_one_another_tenant(
    name: str, door: FrontDoor, theirs: httpx.AsyncClient, session_id: str
) -> None:
    headers = {name: door.tenants["a"]}
    assert (await theirs.get(f"/v1/sessions/{session_id}", headers=headers)).status_code == 404
