"""`parley keys` by the API, as whoever has a key that may administer, and no database."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from support.gateway.front_door import FrontDoor, front_door

pytestmark = pytest.mark.timeout(120)


async def parley(door: FrontDoor, key: str, *words: str) -> tuple[int | None, dict[str, Any]]:
    """The command with nothing but an address and a key; its exit code and its JSON."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", *words, "--json"),
        env={"PARLEY_URL": door.url, "PARLEY_API_KEY": key},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(60):
            out, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        raise
    return process.returncode, json.loads(out)


async def test_keys_are_made_listed_and_revoked_by_the_api(
    database_url: str,
    service_urls: dict[str, str],
    valkey_url: str,
    redis: Redis,
    tmp_path: Path,
) -> None:
    servers = (database_url, service_urls["gateway"], valkey_url)
    async with front_door(servers, redis, tmp_path) as door:
        admin = door.keys["a"]
        code, made = await parley(door, admin, "keys", "create", "--scope", "read")
        assert (code, made["keys"][0]["scopes"]) == (0, ["read"])
        assert made["keys"][0]["tenant_id"] == door.tenants["a"]
        key, key_id = made["key"], made["keys"][0]["key_id"]

        async def works() -> int:
            headers = {"Authorization": f"Bearer {key}"}
            async with httpx.AsyncClient(base_url=door.url) as client:
                return (await client.get("/v1/tenant", headers=headers)).status_code

        assert await works() == 200
        code, listed = await parley(door, admin, "keys", "list")
        assert code == 0
        assert key_id in {one["key_id"] for one in listed["keys"]}
        assert key not in json.dumps(listed)

        # A key that only reads makes none, and is told so.
        code, refused = await parley(door, key, "keys", "create")
        assert (code, refused["error"]["code"]) == (4, "forbidden")

        code, revoked = await parley(door, admin, "keys", "revoke", key_id)
        assert code == 0
        assert revoked["keys"][0]["revoked_at"] is not None
        assert await works() == 401
        unknown = "00000000-0000-4000-8000-000000000000"
        code, refused = await parley(door, admin, "keys", "revoke", unknown)
        assert (code, refused["error"]["code"]) == (3, "not_found")
