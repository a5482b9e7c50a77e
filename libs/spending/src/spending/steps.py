"""Where a tenant stands on the ladder: what the month's budget still allows to be done."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, cast

from redis.asyncio import Redis

from contracts.budgets import BudgetStep, Ladder
from contracts.errors import UnavailableError
from contracts.ids import TenantId
from contracts.usage import Month
from runtime.clock import Clock
from runtime.redis_client import reply_of
from spending.account_keys import account_key, limit_of, usd_of
from spending.terms import next_month

FIELDS: Final = (
    *("spent", "month", "month_ends", "month_spent", "held", "limit", "credit", "hard"),
    *("ladder", "alerts", "budget_version", "noticed_number", "noticed_step", "noticed_alerts"),
)
READ_EVERY_S: Final = 1.0
READ_TIMEOUT_S: Final = 1.0
MAX_TENANTS: Final = 10_000


@dataclass(frozen=True)
class Noticed:
    """What was told of an account already.

    Attributes:
        number: of the newest step's fact; 0: none.
        alerts: percent, in `month`.
    """

    number: int = 0
    step: BudgetStep = "full"
    month: Month = ""
    alerts: frozenset[int] = frozenset()


@dataclass(frozen=True)
class AccountBudget:
    """A tenant's budget as its account has it; US dollars.

    Attributes:
        month: "" in an account of the version before.
        limit_usd: of the month; None: no limit.
        spent_usd: in this month.
        credit_usd: left when the month began, and added since; never below 0.
        version: of the budget; 0: nobody set one.
        alerts_at: percent.
    """

    month: Month
    limit_usd: Decimal | None
    spent_usd: Decimal
    held_usd: Decimal
    credit_usd: Decimal
    step: BudgetStep
    version: int
    alerts_at: tuple[int, ...] = ()
    noticed: Noticed = Noticed()

    @property
    def total_usd(self) -> Decimal | None:
        """What may be spent in this month in all; None: no limit."""
        return None if self.limit_usd is None else self.limit_usd + self.credit_usd


def step_of(
    spent_usd: Decimal, total_usd: Decimal | None, ladder: Ladder, *, hard: bool
) -> BudgetStep:
    """The step at which so much is spent of so much; held money does not count."""
    if total_usd is None:
        return "full"
    if spent_usd >= total_usd and hard:
        return "refused"
    percents = (ladder.fewer_frames, ladder.cheaper, ladder.text_only)
    steps: tuple[BudgetStep, ...] = ("fewer_frames", "cheaper", "text_only")
    reached: BudgetStep = "full"
    for percent, step in zip(percents, steps, strict=True):
        if spent_usd * 100 >= total_usd * percent:
            reached = step
    return reached


def budget_of(row: Mapping[str, bytes | None], now_ms: int) -> AccountBudget | None:
    """Of an account's fields; None: there is no account.

    A month that has ended and that no call has turned yet is turned here.
    """
    if row["spent"] is None:
        return None
    spent, limit = usd_of(row["month_spent"] or row["spent"]), limit_of(row["limit"])
    credit, month = usd_of(row["credit"]), (row["month"] or b"").decode()
    if (row["month_ends"] or b"") != b"" and now_ms >= int(cast(bytes, row["month_ends"])):
        credit -= Decimal(0) if limit is None else max(Decimal(0), spent - limit)
        month, spent = next_month(month), Decimal(0)
    credit = max(Decimal(0), credit)
    fewer, cheaper, text_only = (row["ladder"] or b"70,85,95").decode().split(",")
    ladder = Ladder(fewer_frames=int(fewer), cheaper=int(cheaper), text_only=int(text_only))
    total = None if limit is None else limit + credit
    return AccountBudget(
        month=month,
        limit_usd=limit,
        spent_usd=spent,
        held_usd=usd_of(row["held"]),
        credit_usd=credit,
        step=step_of(spent, total, ladder, hard=row["hard"] != b"0"),
        version=int(row["budget_version"] or 0),
        alerts_at=_percents((row["alerts"] or b"").decode()),
        noticed=_noticed(row),
    )


def _percents(words: str) -> tuple[int, ...]:
    return tuple(int(one) for one in words.split(",") if one)


def _noticed(row: Mapping[str, bytes | None]) -> Noticed:
    month, _, alerts = (row["noticed_alerts"] or b"").decode().partition(" ")
    step = cast(BudgetStep, (row["noticed_step"] or b"full").decode())
    return Noticed(int(row["noticed_number"] or 0), step, month, frozenset(_percents(alerts)))


async def read_budgets(
    redis: Redis, tenants: Sequence[TenantId], *, timeout_s: float | None = None
) -> dict[TenantId, AccountBudget]:
    """Of those that have an account.

    Raises:
        UnavailableError: Redis did not answer.
    """
    pipe = redis.pipeline(transaction=False)
    cast(Any, pipe).time()
    for tenant_id in tenants:
        pipe.hmget(account_key(tenant_id), FIELDS)
    (seconds, micros), *rows = cast(list[Any], await reply_of(pipe.execute(), timeout_s=timeout_s))
    now_ms = int(seconds) * 1000 + int(micros) // 1000
    found: dict[TenantId, AccountBudget] = {}
    for tenant_id, row in zip(tenants, cast(list[list[bytes | None]], rows), strict=True):
        budget = budget_of(dict(zip(FIELDS, row, strict=True)), now_ms)
        if budget is not None:
            found[tenant_id] = budget
    return found


class BudgetSteps:
    """On which step each tenant stands, read from its account at most once a second."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis, self._clock = redis, clock
        self._known: OrderedDict[TenantId, tuple[float, BudgetStep]] = OrderedDict()

    async def step(self, tenant_id: TenantId) -> BudgetStep:
        """`full` without an account or a limit; the last known one while Redis is away."""
        now_s = self._clock.monotonic()
        read_at_s, step = self._known.get(tenant_id, (None, "full"))
        if read_at_s is not None and now_s - read_at_s < READ_EVERY_S:
            return step
        try:
            found = await read_budgets(self._redis, [tenant_id], timeout_s=READ_TIMEOUT_S)
        except UnavailableError:
            pass
        else:
            step = found[tenant_id].step if tenant_id in found else "full"
        self._known[tenant_id] = (now_s, step)
        self._known.move_to_end(tenant_id)
        if len(self._known) > MAX_TENANTS:
            self._known.popitem(last=False)
        return step
