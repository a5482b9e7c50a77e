"""What a caller sends stands in no line of the gateway's log, whichever way it comes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from redis.asyncio import Redis

from support.gateway.front_door import FrontDoor, front_door
from support.livekit.rooms import agreeing_livekit
from support.real_log import real_log

SECRET = "the-board-sells-plant-4711"
WAYS: Sequence[tuple[str, str, dict[str, Any]]] = (
    ("GET", f"/{SECRET}", {}),
    ("GET", f"/v1/sessions/{SECRET}", {}),
    (f"X{SECRET}", "/v1/sessions", {}),
    ("GET", f"/v1/usage?since={SECRET}&by={SECRET}", {}),
    ("GET", f"/v1/activity?since=0001-01-01T00:00:00%2B14:00&every={SECRET}", {}),
    ("GET", f"/v1/knowledge?after={SECRET}", {}),
    ("GET", "/v1/tenant", {"headers": {"Cookie": f"parley_80={SECRET}", "Host": SECRET}}),
    ("GET", "/v1/tenant", {"headers": {"Authorization": f"Bearer {SECRET}"}}),
    ("GET", "/v1/tenant", {"headers": {SECRET: SECRET, "X-Request-Id": f"{SECRET} {SECRET}"}}),
    ("POST", "/v1/sessions", {"json": {"title": SECRET}}),
    ("POST", "/v1/sessions", {"json": {"title": [SECRET], SECRET: 1}}),
    ("POST", "/v1/sessions", {"content": f'{{"title": "{SECRET}', "headers": {}}),
    ("POST", "/v1/sessions/SESSION/messages", {"json": {"text": SECRET}}),
    ("POST", "/v1/sessions/SESSION/messages", {"json": {"text": f"{SECRET}\0"}}),
    ("POST", "/v1/sessions/SESSION/recording?name=" + SECRET, {"content": SECRET}),
    ("POST", "/v1/knowledge", {"files": {"files": (f"{SECRET}.md", SECRET.encode(), SECRET)}}),
    ("POST", "/v1/knowledge", {"data": {SECRET: SECRET}}),
    ("POST", "/v1/search", {"json": {"text": SECRET}}),
    ("PUT", "/v1/tenant/config", {"json": {"instructions": SECRET, "policy": SECRET}}),
    ("PUT", "/v1/tenant/config", {"json": {"instructions": SECRET}}),
    ("POST", "/v1/keys", {"json": {"scopes": [SECRET]}}),
    ("POST", "/v1/rooms", {"json": {"title": SECRET}}),
    ("POST", f"/v1/rooms/{SECRET}/token", {"json": {"name": SECRET}}),
    ("POST", "/v1/meet/join", {"json": {"invite": SECRET, "name": SECRET}}),
    ("POST", "/v1/page/session", {"json": {"key": SECRET}}),
    ("POST", "/v1/livekit/webhook", {"content": SECRET, "headers": {"Authorization": SECRET}}),
)


async def sent_every_way(door: FrontDoor, session_id: str) -> None:
    async with door.client("a") as client:
        for method, path, more in WAYS:
            reply = await client.request(method, path.replace("SESSION", session_id), **more)
            assert (reply.status_code != httpx.codes.INTERNAL_SERVER_ERROR, path) == (True, path)


async def test_what_is_sent_is_never_logged(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    with real_log("DEBUG") as written:
        async with (
            agreeing_livekit() as livekit,
            front_door(servers, redis, tmp_path, rag_url="http://127.0.0.1:1", **livekit) as door,
        ):
            async with door.client("a") as client:
                session_id = (await client.post("/v1/sessions", json={})).json()["session_id"]
            await sent_every_way(door, session_id)
    assert written.getvalue()
    leaks = [line for line in written.getvalue().splitlines() if SECRET in line]
    assert leaks == []
