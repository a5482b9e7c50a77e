"""Whatever comes between: no call is taken that the budget does not allow, and no row is lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from contracts.budgets import Budget, BudgetChanged, CreditAdded
from contracts.fact import Envelope
from contracts.ids import SessionId
from metering.domain.budgets import BudgetHistory
from metering.handlers.budgets import apply_terms
from runtime.ids import new_id
from runtime.redis_client import reply_of
from spending import BudgetRefusedError, Call, Hold, HoldGoneError, NoAccountError, Quantity, Terms
from spending.account_keys import account_key, limit_of, session_key, usd_of
from support.money_machine import MoneyStateMachine, machine_on

NOTHING = cast(Any, multiple())
CENT = 100_000
"""Tokens that cost 0.01 USD."""
USD = st.sampled_from([None, *(Decimal(cents) / 100 for cents in (0, 1, 3, 5, 12))])
SESSIONS = [SessionId(new_id()), SessionId(new_id())]


class BudgetMachine(MoneyStateMachine):
    """Spenders at the end of a budget that changes, in months that end, with a lost Redis."""

    holds: Bundle[Hold] = Bundle("holds")
    stale: Bundle[Terms] = Bundle("stale")

    def __init__(self) -> None:
        super().__init__()
        self.money = self.made()
        self.version = 0
        self.calls: list[Call] = []

    @initialize(limit=USD, credit=st.booleans())
    def open(self, limit: Decimal | None, credit: bool) -> None:
        self.run(self.money.open())
        self.run(self._set(limit, None))
        if credit:
            self.add_credit()

    @rule(limit=USD, session_limit=USD)
    def change_budget(self, limit: Decimal | None, session_limit: Decimal | None) -> None:
        """Also below what is spent and held."""
        self.run(self._set(limit, session_limit))

    @rule()
    def add_credit(self) -> None:
        self.run(self._add_credit())

    @rule(target=stale)
    def stand_still_with_terms(self) -> Terms:
        return self.run(apply_terms(self.money.tenant_id, self.money.kept))

    @rule(terms=consumes(stale))
    def apply_late(self, terms: Terms) -> None:
        """By a process that stood still since it read them."""
        self.run(self.money.accounts.apply(self.money.tenant_id, terms, spent_usd={}))

    @rule(target=holds, cents=st.sampled_from([1, 2, 4]), session=st.sampled_from([0, 1]))
    def hold(self, cents: int, session: int) -> Any:
        return self.run(self._hold(cents, SESSIONS[session]))

    @rule(target=holds, place=st.integers(0, 5))
    def hold_again(self, place: int) -> Any:
        """The same work, delivered once more; perhaps in another month."""
        if not self.calls:
            return NOTHING
        return self.run(self._held(self.calls[place % len(self.calls)]))

    @rule(hold=consumes(holds), percent=st.sampled_from([0, 30, 100]), twice=st.booleans())
    def settle(self, hold: Hold, percent: int, twice: bool) -> None:
        used = Quantity.tokens(int(hold.call.upper_bound.amount) * percent // 100)
        for _ in range(1 + twice):
            self.run(hold.settle(used))

    @rule(hold=consumes(holds))
    def die(self, hold: Hold) -> None:
        """Of a spender, before it settles."""

    @rule()
    def end_month(self) -> None:
        self.run(self._end_month())

    @rule(seconds=st.sampled_from([1, 61, 3_600]))
    def wait(self, seconds: int) -> None:
        self.run(self.money.later(timedelta(seconds=seconds)))

    @rule(days=st.sampled_from([-4_000, 4_000]))
    def jump(self, days: int) -> None:
        """The spender's clock alone."""
        self.money.clock.at += timedelta(days=days)

    @rule()
    def sweep(self) -> None:
        self.run(self.money.sweep())

    @rule(at_most=st.integers(1, 3))
    def read_facts(self, at_most: int) -> None:
        self.run(self.money.read(at_most))

    @rule(place=st.integers(0, 5))
    def deliver_again(self, place: int) -> None:
        if self.money.stated:
            ids = list(self.money.stated)
            self.run(self.money.state_again(ids[place % len(ids)]))

    @rule()
    def look(self) -> None:
        self.run(self.money.look())

    @rule()
    def lose_redis(self) -> None:
        self.run(self.money.lose_redis())

    @rule()
    def rebuild(self) -> None:
        self.run(self.money.rebuild())

    @invariant()
    def what_is_held_is_what_the_holds_say(self) -> None:
        row = self.run(self._fields())
        overdue = self.run(self.money.overdue())
        assert usd_of(row.get(b"held")) == sum(
            (hold.charge.data.cost_usd for hold in overdue), Decimal(0)
        )

    @invariant()
    def what_was_spent_is_the_sum_of_the_months(self) -> None:
        row = self.run(self._fields())
        months = [usd_of(usd) for name, usd in row.items() if name.startswith(b"spent:")]
        assert usd_of(row.get(b"spent")) == sum(months, usd_of(row.get(b"month_spent")))

    @invariant()
    def credit_pays_what_months_spent_beyond_their_limits(self) -> None:
        row: dict[bytes, bytes] = self.run(self._fields())
        left = usd_of(row.get(b"credits"))
        for name, usd in row.items():
            kind, _, month = name.partition(b":")
            limit = limit_of(row.get(b"limit:" + month))
            if kind == b"spent" and month and month < row[b"month"] and limit is not None:
                left -= max(Decimal(0), usd_of(usd) - limit)
        assert usd_of(row.get(b"credit")) == left

    def teardown(self) -> None:
        """It gets quiet: the account says what the ledger says, month by month."""
        self.run(self.money.rebuild())
        self.run(self.money.settle_down())
        self.run(apply_terms(self.money.tenant_id, self.money.kept))
        stated = self.run(self.money.books.statement(self.money.tenant_id))
        ledger = self.run(self.money.ledger.months(self.money.tenant_id))
        assert {month: usd for month, usd in stated.months_usd.items() if usd} == ledger
        row = self.run(self._fields())
        assert usd_of(row.get(b"held")) == 0
        history: BudgetHistory = self.run(self.money.kept.budgets.history(self.money.tenant_id))
        over = sum(
            (
                max(Decimal(0), usd - limit)
                for month, usd in ledger.items()
                if month < row[b"month"].decode()
                and (limit := history.limit_at_end(month)) is not None
            ),
            Decimal(0),
        )
        assert usd_of(row[b"credit"]) == history.credits_usd - over

    async def _hold(self, cents: int, session_id: SessionId) -> Any:
        made = self.money.call(len(self.calls))
        cause = cast("Envelope[Any]", made.cause).model_copy(update={"session_id": session_id})
        call = replace(made, cause=cause, upper_bound=Quantity.tokens(cents * CENT))
        self.calls.append(call)
        return await self._held(call)

    async def _held(self, call: Call) -> Any:
        upper_usd, session_id = call.upper_bound.amount / CENT / 100, call.cause.session_id
        assert session_id is not None
        before = await self._room(session_id)
        held_before = usd_of((await self._fields()).get(b"held"))
        try:
            async with self.money.spending.call(call) as held:
                pass
        except (NoAccountError, HoldGoneError):
            return NOTHING
        except BudgetRefusedError:
            # What was refused would have crossed a limit: none is refused for nothing.
            assert await self._room(session_id) < upper_usd
            return NOTHING
        room, row = await self._room(session_id), await self._fields()
        # Unless it is the same hold once more, which takes nothing.
        assert room >= 0 or (room >= before and usd_of(row.get(b"held")) == held_before)
        return held

    async def _room(self, session_id: SessionId) -> Decimal:
        """What may still be held for the session."""
        row, room = await self._fields(), Decimal("Infinity")
        if not row:
            return room
        if (limit := limit_of(row[b"limit"])) is not None:
            allowed = limit + max(Decimal(0), usd_of(row.get(b"credit")))
            room = allowed - usd_of(row[b"month_spent"]) - usd_of(row.get(b"held"))
        if (limit := limit_of(row[b"session_limit"])) is not None:
            key = session_key(self.money.tenant_id, session_id)
            session = cast(dict[bytes, bytes], await reply_of(self.money.redis.hgetall(key)))
            used = usd_of(session.get(b"spent")) + usd_of(session.get(b"held"))
            room = min(room, limit - used)
        return room

    async def _fields(self) -> dict[bytes, bytes]:
        key = account_key(self.money.tenant_id)
        return cast(dict[bytes, bytes], await reply_of(self.money.redis.hgetall(key)))

    async def _now(self) -> datetime:
        """In the middle of the account's month."""
        month = (await self._fields()).get(b"month", b"2026-11").decode()
        return datetime(int(month[:4]), int(month[5:]), 15, tzinfo=UTC)

    async def _set(self, limit: Decimal | None, session_limit: Decimal | None) -> None:
        self.version += 1
        changed = BudgetChanged(
            version=self.version,
            budget=Budget(month_limit_usd=limit, session_limit_usd=session_limit),
            changed_at=await self._now(),
            changed_by=None,
        )
        await self.money.kept.budgets.add_budget(self.money.tenant_id, changed)
        await apply_terms(self.money.tenant_id, self.money.kept)

    async def _add_credit(self) -> None:
        added = CreditAdded(
            credit_id=new_id(),
            usd=Decimal("0.02"),
            reason="a test",
            added_at=await self._now(),
            added_by=None,
        )
        await self.money.kept.budgets.add_credit(self.money.tenant_id, added)
        await apply_terms(self.money.tenant_id, self.money.kept)

    async def _end_month(self) -> None:
        if await self._fields():
            key = account_key(self.money.tenant_id)
            await reply_of(self.money.redis.hset(key, "month_ends", "1"))


def test_no_budget_is_crossed_and_no_row_is_lost(
    valkey_url: str, service_urls: dict[str, str]
) -> None:
    with machine_on(BudgetMachine, valkey_url, service_urls["metering"]) as made:
        run_state_machine_as_test(made, settings=settings(max_examples=12, stateful_step_count=25))


@pytest.mark.storm
@pytest.mark.timeout(1_800)
def test_no_budget_is_crossed_and_no_row_is_lost_over_thousands_of_steps(
    valkey_url: str, service_urls: dict[str, str]
) -> None:
    with machine_on(BudgetMachine, valkey_url, service_urls["metering"]) as made:
        run_state_machine_as_test(made, settings=settings(max_examples=400, stateful_step_count=60))
