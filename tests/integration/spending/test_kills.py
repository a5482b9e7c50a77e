"""A spender killed between any two steps: what is held is freed or charged, and in the ledger."""

import asyncio
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from redis.asyncio import Redis

import support.mortal_spender
from contracts.budgets import Budget
from contracts.usage import UsageIncurred
from metering.adapters.postgres_ledger import PostgresLedger
from metering.handlers.accounts import sweep_holds
from metering.handlers.usage import on_usage_incurred
from runtime.bad_rows import BadRows
from runtime.bus import Publisher
from runtime.database import Database
from spending import Reconciliation
from support.bus import bodies
from support.hold_times import let_holds_age
from support.mortal_spender import BOUND_USD, USED_USD
from support.spenders import ACME, Spenders

pytestmark = [pytest.mark.integration, pytest.mark.timeout(60)]
TESTS = Path(__file__).parents[2]


async def killed_after(step: str, url: str) -> int:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, support.mortal_spender.__file__, url, step),
        env={"PYTHONPATH": str(TESTS)},
    )
    return await process.wait()


@pytest.mark.parametrize(
    ("step", "charged", "confirmed"),
    [
        ("held", "0", []),
        ("started", BOUND_USD, [False]),
        ("called", BOUND_USD, [False]),
        ("stated", USED_USD, [True, False]),
        ("settled", USED_USD, [True]),
    ],
)
async def test_a_spender_that_is_killed_leaves_neither_a_free_call_nor_a_hold(
    redis: Redis,
    valkey_url: str,
    service_urls: dict[str, str],
    step: str,
    charged: str,
    confirmed: Sequence[bool],
) -> None:
    spenders = Spenders(redis)
    await spenders.open(Budget(month_limit_usd=Decimal(1)))
    assert await killed_after(step, valkey_url) == -signal.SIGKILL
    await let_holds_age(redis, ACME, timedelta(hours=1))
    bad = BadRows("hold", spenders.clock)
    await sweep_holds(accounts=spenders.accounts, publish=Publisher(redis).publish, bad=bad)
    facts = await bodies(redis, UsageIncurred)
    assert [event.data.confirmed for event in facts] == confirmed
    async with Database(service_urls["metering"], application="test") as database:
        ledger = PostgresLedger(database)
        before = sum((await ledger.months(ACME)).values())
        if facts:
            await on_usage_incurred(facts, ledger=ledger, books=Reconciliation(redis))
        after = sum((await ledger.months(ACME)).values())
    assert after - before == Decimal(charged)
    assert await spenders.accounts.spent_and_held(ACME) == (Decimal(charged), 0)
