"""What is told of budgets: each once, whichever process notices it and wherever it dies."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

from contracts.budgets import BudgetStepChanged
from contracts.fact import Envelope
from contracts.ids import EventId, TenantId
from metering.domain.notices import Notice, decide_notices
from metering.ports import Kept
from runtime.bad_rows import BadRows
from runtime.clock import Clock
from runtime.ids import derive_id
from spending import AccountBudget, Noticed

NOBODY: Final = UUID(int=0)
"""The cause of what follows from no fact."""
PublishOnce = Callable[[Envelope[Any]], Awaitable[object]]


async def notice_budgets(
    *, kept: Kept, publish_once: PublishOnce, clock: Clock, bad: BadRows
) -> int:
    """Look at every account; how much was told."""
    told = 0
    budgets = await kept.accounts.budgets(await kept.accounts.tenants())
    for tenant_id, budget in budgets.items():
        with bad.row(tenant_id):
            if news := decide_notices(budget, clock.now()):
                # The row decides what is told: of two who notice it, and of one who dies here.
                written = await kept.budgets.add_notices(tenant_id, news, budget.noticed)
                for notice in written:
                    await publish_once(enveloped(tenant_id, notice))
                await kept.accounts.notice(tenant_id, noticed_after(budget, written))
                told += len(written)
    return told


def noticed_after(budget: AccountBudget, told: list[Notice]) -> Noticed:
    steps = [one.fact for one in told if isinstance(one.fact, BudgetStepChanged)]
    before = budget.noticed
    alerts = before.alerts if before.month == budget.month else frozenset[int]()
    alerts |= {one.fact.percent for one in told if not isinstance(one.fact, BudgetStepChanged)}
    number, step = (steps[-1].number, steps[-1].step) if steps else (before.number, before.step)
    return Noticed(number, step, budget.month, alerts)


def enveloped(tenant_id: TenantId, notice: Notice) -> Envelope[Any]:
    """Under the same id whoever tells it, and however often."""
    fact = notice.fact
    return Envelope[Any](
        id=EventId(derive_id(NOBODY, tenant_id, fact.event_type, fact.key)),
        type=fact.event_type,
        tenant_id=tenant_id,
        occurred_at=notice.at,
        data=fact,
    )
