"""`parley budgets` by the API, as whoever has a key that may administer."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from contracts.ids import TenantId
from runtime.ids import new_id
from spending import account_key
from support.gateway.front_door import FrontDoor, front_door

pytestmark = pytest.mark.timeout(120)
KEYS = {"tenant_id", "month", "limit_usd", "spent_usd", "held_usd", "credit_usd", "step"}


@pytest.fixture
async def door(
    database_url: str,
    service_urls: dict[str, str],
    valkey_url: str,
    redis: Redis,
    tmp_path: Path,
) -> AsyncIterator[FrontDoor]:
    servers = (database_url, service_urls["gateway"], valkey_url)
    async with front_door(servers, redis, tmp_path) as opened:
        # metering, which does not run here, takes over whatever is set.
        key = account_key(TenantId(opened.tenants["a"]))
        await cast(Any, redis).hset(key, "budget_version", "99")
        yield opened


async def parley(door: FrontDoor, *words: str) -> tuple[int | None, dict[str, Any]]:
    """The command with an address and a key; its exit code and its JSON."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "budgets", *words, "--json"),
        env={"PARLEY_URL": door.url, "PARLEY_API_KEY": door.keys["a"]},
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


async def test_a_budget_is_set_by_parts_and_shown(door: FrontDoor) -> None:
    code, shown = await parley(door, "show")
    assert code == 0
    assert shown["budget"].keys() >= KEYS
    assert (shown["budget"]["limit_usd"], shown["budget"]["step"]) == (None, "full")
    code, state = await parley(door, "set", "--month-limit", "250", "--ladder", "60,70,80")
    assert (code, state["budget"]["limit_usd"]) == (0, "250")
    code, state = await parley(door, "set", "--soft", "--alerts", "90")
    assert (code, state["budget"]["version"]) == (0, 2)
    budget = state["budget"]["budget"]
    assert (budget["month_limit_usd"], budget["hard"]) == ("250", False)
    assert (budget["ladder"]["fewer_frames"], budget["alerts_at"]) == (60, [90])
    code, state = await parley(door, "set", "--month-limit", "none")
    assert (code, state["budget"]["limit_usd"]) == (0, None)


async def test_credit_is_added_and_what_cannot_be_is_bad_input(door: FrontDoor) -> None:
    words = ("credit", "20", "--reason", "invoice 1", "--id", str(new_id()))
    code, state = await parley(door, *words)
    assert code == 0, state
    assert (await parley(door, *words))[0] == 0
    code, error = await parley(door, "credit", "0.0000000001", "--reason", "dust")
    assert (code, error["error"]["code"]) == (3, "bad_budget")
    code, error = await parley(door, "set", "--currency", "EUR")
    assert (code, error["error"]["code"]) == (3, "bad_budget")
