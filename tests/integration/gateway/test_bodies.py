"""Whose body is taken, how slowly it may come, and how many at once."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from runtime.ids import new_id
from support.eventually import eventually
from support.gateway.front_door import FrontDoor, front_door
from support.gateway.raw_http import Answer, RawConnection, raw_connection

# What lets these in stands in their bodies, which are small and soon there.
LET_IN_BY_THEIR_BODY = ("/v1/meet/door", "/v1/meet/join", "/v1/page/session")
MULTIPART = "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.md"\r\n\r\n# A\n'
LARGE = str(150 * 10**6)


async def routes_with_a_body(door: FrontDoor) -> list[tuple[str, str]]:
    async with door.client(None) as client:
        document: dict[str, Any] = (await client.get("/openapi.json")).json()
    found = [
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if "requestBody" in operation
    ]
    assert len(found) > 10
    return found


def filled(path: str) -> str:
    """With ids that are right in form."""
    parts = [str(new_id()) if part.startswith("{") else part for part in path.split("/")]
    return "/".join(parts) + ("?name=a.mp4" if path.endswith("/recording") else "")


def key_of(door: FrontDoor, tenant: str = "a") -> str:
    return f"Bearer {door.keys[tenant]}"


@pytest.mark.parametrize("key", [None, "Bearer pk_wrong", "Basic eA=="])
async def test_no_byte_of_a_body_is_taken_without_a_known_key(
    key: str | None, livekit_door: FrontDoor
) -> None:
    for method, path in await routes_with_a_body(livekit_door):
        if path in LET_IN_BY_THEIR_BODY:
            continue
        async with raw_connection(livekit_door.url) as connection:
            headers = {"Content_Length": "1000", "Expect": "100-continue"}
            headers |= {"Authorization": key} if key else {}
            await connection.begin(method, filled(path), Content_Type=MULTIPART, **headers)
            answer = await connection.answer()  # of headers alone, and not `100 Continue`
            assert (answer.status, method, path) == (401, method, path)


async def test_who_has_a_key_is_told_to_go_on(door: FrontDoor) -> None:
    async with raw_connection(door.url) as connection:
        await connection.begin(
            "POST",
            "/v1/sessions",
            Authorization=key_of(door),
            Content_Type="application/json",
            Content_Length="2",
            Expect="100-continue",
        )
        assert (await connection.answer()).status == 100
        await connection.send(b"{}")
        assert (await connection.answer()).status == 201


async def test_a_key_that_only_reads_uploads_nothing(
    door: FrontDoor, ours: httpx.AsyncClient
) -> None:
    made = await ours.post("/v1/keys", json={"scopes": ["read"]})
    for path in ("/v1/knowledge", f"/v1/sessions/{new_id()}/recording?name=a.mp4"):
        async with raw_connection(door.url) as connection:
            key = f"Bearer {made.json()['key']}"
            await connection.begin("POST", path, Authorization=key, Content_Length=LARGE)
            assert (await connection.answer()).status == 403


async def test_what_lets_its_sender_in_by_its_body_is_small(livekit_door: FrontDoor) -> None:
    for path in LET_IN_BY_THEIR_BODY:
        async with raw_connection(livekit_door.url) as connection:
            await connection.begin("POST", path, Content_Length="100000")
            assert (await connection.answer()).status == 413


@pytest.mark.parametrize(
    ("method", "path", "length"),
    [
        ("POST", "/v1/knowledge", {"Content_Length": LARGE}),
        ("POST", "/v1/knowledge", {"Transfer_Encoding": "chunked"}),
        ("POST", "/v1/sessions/x/recording?name=a.mp4", {"Content_Length": LARGE}),
        ("XMADEUP", "/v1/knowledge", {"Content_Length": LARGE}),
        ("HEAD", "/v1/knowledge", {"Content_Length": LARGE}),
        ("OPTIONS", "/v1/sessions", {"Transfer_Encoding": "chunked"}),
        ("GET", "/nowhere", {"Content_Length": LARGE}),
        ("POST", "/health/live", {"Transfer_Encoding": "chunked"}),
    ],
)
async def test_who_sends_on_after_a_refusal_is_cut_off(
    method: str, path: str, length: dict[str, str], door: FrontDoor
) -> None:
    async with raw_connection(door.url) as connection:
        await connection.begin(method, path, **length)
        head = await connection.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 4")
        with pytest.raises(ConnectionError):
            await all_sent(connection, 100 * 10**6)


async def all_sent(connection: RawConnection, size_bytes: int) -> None:
    """In pieces that are right of a chunked body, and of any other."""
    piece = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    async with asyncio.timeout(20):
        for _ in range(size_bytes // len(piece)):
            await connection.send(piece)


async def held_upload(door: FrontDoor, connection: RawConnection, tenant: str = "a") -> None:
    """Begin an upload that does not end."""
    await connection.begin(
        "POST",
        "/v1/knowledge",
        Authorization=key_of(door, tenant),
        Content_Type=MULTIPART,
        Content_Length="100000",
    )
    await connection.send(PART)


async def trickled(connection: RawConnection, *, size: int, every_s: float) -> None:
    """Send a bit again and again, until it is cut off."""
    async with asyncio.timeout(30):
        while connection.reader.at_eof() is False:
            try:
                await connection.send(b"x" * size)
            except ConnectionError:
                return
            await asyncio.sleep(every_s)


async def answered_while_it_trickles(
    connection: RawConnection, *, size: int, every_s: float
) -> Answer:
    async with asyncio.TaskGroup() as tasks:
        trickle = tasks.create_task(trickled(connection, size=size, every_s=every_s))
        answer = await connection.answer()
        trickle.cancel()
    return answer


async def test_an_upload_that_only_trickles_is_cut_off(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    async with (
        front_door(servers, redis, tmp_path, answer_within_s=1) as door,
        raw_connection(door.url) as connection,
    ):
        await held_upload(door, connection)
        answer = await answered_while_it_trickles(connection, size=10, every_s=0.1)
    assert answer.status == 408
    assert b'"code":"timeout"' in answer.body


async def test_an_upload_that_came_fast_at_first_may_not_trickle_later(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    async with (
        front_door(servers, redis, tmp_path, answer_within_s=1) as door,
        raw_connection(door.url) as connection,
    ):
        await held_upload(door, connection)
        await connection.send(b"x" * 60_000)  # a minute's worth
        answer = await answered_while_it_trickles(connection, size=1, every_s=0.1)
    assert answer.status == 408


async def test_an_upload_has_a_time_for_all_of_it_however_steadily_it_comes(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    async with (
        front_door(servers, redis, tmp_path, upload_timeout_s=1.5) as door,
        raw_connection(door.url) as connection,
    ):
        await held_upload(door, connection)
        answer = await answered_while_it_trickles(connection, size=400, every_s=0.05)
    assert answer.status == 408
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


async def test_so_many_uploads_are_taken_at_once_of_a_tenant_and_of_all(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    async with (
        front_door(servers, redis, tmp_path, max_uploads=3, max_tenant_uploads=2) as door,
        door.client("a") as ours,
        door.client("b") as theirs,
    ):
        async with AsyncExitStack() as stack:
            for tenant in "aab":
                connection = await stack.enter_async_context(raw_connection(door.url))
                await held_upload(door, connection, tenant)
                assert await connection.is_silent(0.3)
            for client in (ours, theirs):
                refused = await client.post("/v1/knowledge", files={"files": ("b.md", b"# B\n")})
                assert (refused.status_code, refused.json()["code"]) == (429, "busy")
                assert int(refused.headers["Retry-After"]) > 0
            assert (await ours.post("/v1/sessions", json={})).status_code == 201

        async def is_taken_again() -> bool:
            reply = await ours.post("/v1/knowledge", files={"files": ("b.md", b"# B\n")})
            return reply.status_code == 202

        assert await eventually(is_taken_again)


async def test_more_files_than_fit_into_memory_are_refused_and_many_small_ones_taken(
    ours: httpx.AsyncClient,
) -> None:
    def files(count: int) -> list[tuple[str, tuple[str, bytes]]]:
        return [("files", (f"{number}.md", b"# A\n" * 10)) for number in range(count)]

    assert (await ours.post("/v1/knowledge", files=files(40))).status_code == 202
    refused = await ours.post("/v1/knowledge", files=files(201))
    assert refused.status_code in {400, 422}
    assert refused.headers["content-type"] == "application/problem+json"
