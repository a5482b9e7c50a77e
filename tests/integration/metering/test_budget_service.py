"""Two processes of metering as they are built: a budget comes, is told of, and outlives Redis."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from contracts.budgets import (
    Budget,
    BudgetAlertRaised,
    BudgetChanged,
    BudgetStepChanged,
    CreditAdded,
)
from contracts.ids import TenantId
from metering.main import build
from metering.settings import MeteringSettings
from runtime.bus import Publisher, provision_streams
from runtime.clock import SystemClock
from runtime.ids import new_id
from spending import Accounts, BudgetRefusedError, Call, Model, NoAccountError, Quantity, Spending
from spending.account_keys import account_key, unbooked_key
from support.bus import a_turn, bodies, enveloped
from support.eventually import eventually
from support.servers import as_service

pytestmark = [pytest.mark.integration, pytest.mark.timeout(60)]
FLASH = Model("google", "gemini-2.5-flash-lite")
CENT = Quantity.tokens(100_000)
AT = datetime(2026, 11, 1, tzinfo=UTC)


@asynccontextmanager
async def two_meterings(valkey_url: str, database_url: str, folder: Path) -> AsyncGenerator[None]:
    settings = MeteringSettings(
        redis_url=as_service(valkey_url, "metering"),
        database_url=SecretStr(database_url),
        files_dir=folder,
        drain_s=1,
        sweep_every_s=0.1,
    )
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(2):
            tasks.create_task(build(settings, SystemClock()).run(stop))
        try:
            yield
        finally:
            stop.set()


async def test_a_budget_is_kept_told_of_once_and_made_again_when_its_account_is_lost(
    redis: Redis, valkey_url: str, service_urls: dict[str, str], tmp_path: Path
) -> None:
    await provision_streams(redis)
    tenant_id, accounts, publisher = (
        TenantId(f"t-{new_id().hex[-12:]}"),
        Accounts(redis),
        Publisher(redis),
    )
    await accounts.make(tenant_id)
    spending = Spending("llm-router", accounts, publisher.publish, SystemClock())

    async def spend(part: str) -> None:
        cause = a_turn(tenant=tenant_id)
        async with spending.call(Call(cause, part, "llm", FLASH, CENT)) as held:
            await held.settle(CENT)

    async def limit_and_credit() -> tuple[Decimal | None, Decimal]:
        budget = await accounts.budget(tenant_id)
        return budget.limit_usd, budget.credit_usd

    budget = Budget(month_limit_usd=Decimal("0.02"))
    changed = BudgetChanged(version=1, budget=budget, changed_at=AT, changed_by=None)
    added = CreditAdded(
        credit_id=new_id(), usd=Decimal("0.01"), reason="a test", added_at=AT, added_by=None
    )
    async with two_meterings(valkey_url, service_urls["metering"], tmp_path):
        await publisher.publish(
            enveloped(changed, tenant=tenant_id), enveloped(added, tenant=tenant_id)
        )
        await eventually(limit_and_credit, equals=(Decimal("0.02"), Decimal("0.01")))
        await spend("first")
        await spend("second")
        await eventually(lambda: bodies(redis, BudgetAlertRaised, tenant_id), timeout_s=20)
        # The account is lost; the next call waits for it, and finds it as it was.
        async with asyncio.TaskGroup() as tasks:
            await eventually(lambda: is_booked(redis, tenant_id))
            await redis.delete(account_key(tenant_id))
            tasks.create_task(spend("third"))
        assert await limit_and_credit() == (Decimal("0.02"), Decimal("0.01"))
        with pytest.raises(BudgetRefusedError):
            await spend("fourth")
        await eventually(lambda: count_of_steps(redis, tenant_id), equals=1, timeout_s=20)
    steps = await bodies(redis, BudgetStepChanged, tenant_id)
    alerts = await bodies(redis, BudgetAlertRaised, tenant_id)
    assert [one.data.step for one in steps] == ["refused"]
    assert [one.data.percent for one in alerts] == [50, 80, 100]


async def is_booked(redis: Redis, tenant_id: TenantId) -> bool:
    return not await redis.exists(unbooked_key(tenant_id))


async def count_of_steps(redis: Redis, tenant_id: TenantId) -> int:
    return len(await bodies(redis, BudgetStepChanged, tenant_id))


async def test_a_tenant_whom_nobody_knows_is_refused_in_the_end(redis: Redis) -> None:
    spending = Spending("llm-router", Accounts(redis), Publisher(redis).publish, SystemClock())
    call = Call(a_turn(tenant="nobody"), "1", "llm", FLASH, CENT)
    with pytest.raises(NoAccountError, match="no account yet"):
        await spending.hold(call)
