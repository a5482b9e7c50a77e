"""Hold, use, settle: how a service spends. The spender states what was spent, when it happens."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from contracts.errors import UnavailableError
from contracts.fact import Envelope
from contracts.ids import EventId, SessionId, TenantId, TurnId, UsageId
from contracts.usage import Month, UsageIncurred, UsageKind
from runtime.bad_rows import report_bad_row
from runtime.clock import Clock
from runtime.ids import derive_id
from runtime.telemetry import current_traceparent, metrics
from spending.accounts import Accounts, NoAccountError, in_month
from spending.averages import expected
from spending.prices import NO_OWN_PRICES, Model, OwnPrices, Priced, Quantity, estimate, price

log = logging.getLogger(__name__)

Publish = Callable[[Envelope[Any]], Awaitable[object]]
RETRY_EVERY_S: Final = 1.0
DEFAULT_HOLD: Final = timedelta(minutes=2)
STATED_WITHIN: Final = timedelta(hours=1)
"""How long a process tries to state a use that Redis does not take. Longer than any hold: a Redis
that comes back empty has no hold to sweep, and this is all that is left of the bill."""
MAX_UNSTATED: Final = 10_000
ACCOUNT_TIMEOUT_S: Final = 3.0
"""So long a call waits for an account that Redis lost; metering looks for such every second."""
ACCOUNT_EVERY_S: Final = 0.25


class HoldGoneError(UnavailableError):
    """The hold's time was over, or Redis lost it, before the call began: nothing was spent."""

    code = "hold_gone"


class Cause(Protocol):
    """What a call is made for, and on whose behalf: the envelope of a fact, or a request."""

    @property
    def id(self) -> EventId: ...

    @property
    def tenant_id(self) -> TenantId: ...

    @property
    def session_id(self) -> SessionId | None: ...

    @property
    def turn_id(self) -> TurnId | None: ...


@dataclass(frozen=True)
class Call:
    """One call to a model, before it is made.

    Attributes:
        cause: whose handling makes the call; tenant, session and turn come from it.
        part: tells this call from others of the same cause: run, attempt, start_ms.
        upper_bound: upper bound of what the call can use.
        lifetime: longer than the call can take; past it the hold is swept.
        estimated_in: input tokens of its worst case, where money is held for less of them; what
            comes for them is what such calls are known by. 0: nothing is learnt of it.
    """

    cause: Cause
    part: str
    kind: UsageKind
    model: Model
    upper_bound: Quantity
    lifetime: timedelta = DEFAULT_HOLD
    estimated_in: int = 0


class Hold:
    """Money set aside for one call, and the month that pays for it ("": the ledger finds it)."""

    def __init__(
        self, spending: "Spending", call: Call, usage_id: UsageId, month: Month = ""
    ) -> None:
        self._spending = spending
        self.call = call
        self.usage_id = usage_id
        self.month = month

    async def settle(self, used: Quantity, *, is_typical: bool = False) -> Priced:
        """State what was used and free the rest.

        Never raises because of Redis: the provider has been paid, so it is tried again in the
        background for `STATED_WITHIN`.

        Args:
            used: what the provider charges for.
            is_typical: the call went to its end, so others like it come to as much.
        """
        return await self._spending.settle(self, used, is_typical=is_typical)


@dataclass(frozen=True)
class Unstated:
    """A use that Redis did not take, and until when it is tried again."""

    stated: Envelope[UsageIncurred]
    until: datetime
    estimated_in: int = 0


class Spending:
    """The one place that turns quantity into money."""

    def __init__(
        self,
        service: str,
        accounts: Accounts,
        publish: Publish,
        clock: Clock,
        *,
        own_prices: OwnPrices = NO_OWN_PRICES,
        account_timeout_s: float = ACCOUNT_TIMEOUT_S,
    ) -> None:
        self._own_prices = own_prices
        self._service = service
        self._accounts = accounts
        self._publish = publish
        self._clock = clock
        self._account_tries = int(account_timeout_s / ACCOUNT_EVERY_S)
        self._unstated: list[Unstated] = []

    @asynccontextmanager
    async def call(self, call: Call) -> AsyncGenerator[Hold, None]:
        """Hold before the call, and mark it started: from here on the provider may charge.

        A block that leaves without `settle` keeps the hold; the sweep charges its upper bound,
        because nobody knows what the provider took.

        Raises:
            BudgetRefusedError, NoAccountError: nothing was held; a missing account was waited for.
            UnavailableError: Redis did not answer, or HoldGoneError; nothing may be spent.
        """
        hold = await self.hold(call)
        if not await self._accounts.started(call.cause.tenant_id, hold.usage_id):
            raise HoldGoneError("the money held for this call is gone before the call began")
        yield hold

    async def hold(self, call: Call) -> Hold:
        """Set the upper bound aside. Prefer `call`."""
        now = self._clock.now()
        usage_id = self._usage_id(call)
        upper = price(call.model, call.upper_bound, now, self._own_prices)
        unconfirmed = self._envelope(call, usage_id, call.upper_bound, upper, confirmed=False)
        month = await self._held(unconfirmed, call.lifetime)
        return Hold(self, call, usage_id, month)

    async def _held(self, unconfirmed: Envelope[UsageIncurred], lifetime: timedelta) -> Month:
        """Waits a while for a missing account: metering makes it again of its ledger."""
        for _ in range(self._account_tries):
            try:
                return await self._accounts.hold(unconfirmed, lifetime=lifetime)
            except NoAccountError:
                await self._clock.sleep(ACCOUNT_EVERY_S)
        return await self._accounts.hold(unconfirmed, lifetime=lifetime)

    async def expected(
        self, tenant_id: TenantId, kind: UsageKind, model: Model, worst: Quantity
    ) -> Quantity:
        """What to hold for a call of tokens, and to let its provider write at most.

        Raises:
            UnavailableError: Redis did not answer.
        """
        name = f"{model.provider}:{model.name}"
        return expected(worst, await self._accounts.average(tenant_id, kind, name))

    async def free(self, call: Call, used: Quantity) -> Priced:
        """State a use of a model that costs nothing.

        Without a hold: no limit and no silent Redis keeps anybody from it. Never raises; what
        cannot be stated is tried again for `STATED_WITHIN`.
        """
        priced = price(call.model, used, self._clock.now(), self._own_prices)
        assert not priced.usd, "what costs money is held first"
        return await self.settle(Hold(self, call, self._usage_id(call)), used)

    async def settle(self, hold: Hold, used: Quantity, *, is_typical: bool = False) -> Priced:
        """See `Hold.settle`."""
        cost = price(hold.call.model, used, self._clock.now(), self._own_prices)
        fact = self._envelope(hold.call, hold.usage_id, used, cost, confirmed=True)
        stated = in_month(fact, hold.month)
        estimated_in = hold.call.estimated_in if is_typical else 0
        unstated = Unstated(stated, self._clock.now() + STATED_WITHIN, estimated_in)
        try:
            await self._state(unstated)
        except UnavailableError:
            log.warning("usage.not_stated_yet", extra={"usage_id": str(hold.usage_id)})
            self._keep(unstated)
        except asyncio.CancelledError:
            self._keep(unstated)  # whoever leaves now, the provider has been paid
            raise
        return cost

    async def run(self) -> None:
        """Tries again what could not be stated; runs for the life of its caller."""
        while True:
            await self._clock.sleep(RETRY_EVERY_S)
            await self.retry_unstated()

    async def retry_unstated(self) -> int:
        """One round; returns how many are left. What is too old is left to the sweep."""
        waiting, self._unstated = self._unstated, []
        for one in waiting:
            if self._clock.now() >= one.until:
                log.error("usage.left_to_sweep", extra={"usage_id": str(one.stated.data.usage_id)})
                continue
            try:
                await self._state(one)
            except UnavailableError:
                self._keep(one)
            except Exception as error:  # noqa: BLE001 - the others are stated; it is the sweep's
                report_bad_row("unstated usage", one.stated.data.usage_id, error)
        return len(self._unstated)

    def _keep(self, one: Unstated) -> None:
        if len(self._unstated) >= MAX_UNSTATED:
            log.error("usage.left_to_sweep", extra={"usage_id": str(one.stated.data.usage_id)})
            return
        self._unstated.append(one)

    def _usage_id(self, call: Call) -> UsageId:
        return UsageId(derive_id(call.cause.id, self._service, call.kind, call.part))

    async def _state(self, one: Unstated) -> None:
        # In this order: a charge whose fact was not stated would be in no ledger.
        await self._publish(one.stated)
        await self._accounts.settle(one.stated, estimated_in=one.estimated_in)
        used = one.stated.data
        metrics.add(
            "usage_cost_usd_total",
            float(used.cost_usd),
            kind=used.kind,
            provider=used.provider,
        )

    def _envelope(
        self, call: Call, usage_id: UsageId, used: Quantity, cost: Priced, *, confirmed: bool
    ) -> Envelope[UsageIncurred]:
        now = self._clock.now()
        fact = UsageIncurred(
            usage_id=usage_id,
            kind=call.kind,
            service=self._service,
            provider=call.model.provider,
            model=call.model.name,
            quantity=used.amount,
            unit=used.unit,
            tokens_in=used.tokens_in,
            tokens_out=used.tokens_out,
            tokens_cached=used.tokens_cached,
            tokens_cache_written=used.tokens_cache_written,
            cost_usd=cost.usd,
            estimate_usd=estimate(call.kind, used, now),
            price=cost.row,
            confirmed=confirmed,
        )
        cause = call.cause
        return Envelope[UsageIncurred](
            id=EventId(derive_id(usage_id, fact.event_type, str(confirmed))),
            type=fact.event_type,
            tenant_id=cause.tenant_id,
            session_id=cause.session_id,
            turn_id=cause.turn_id,
            occurred_at=now,
            cause_id=cause.id,
            traceparent=current_traceparent(),
            data=fact,
        )
