"""Whatever comes between: once it is quiet, account and ledger agree, and nothing is lost."""

from collections import defaultdict
from datetime import timedelta
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

from contracts.ids import UsageId
from metering.domain.corrections import Differences
from spending import Booking, Hold, HoldGoneError, NoAccountError, Quantity
from support.money import HELD_TOKENS, Snapshot, Step
from support.money_machine import MoneyStateMachine, machine_on

NOTHING = cast(Any, multiple())  # a bundle's generic, of nothing
WORK = st.integers(0, 3)
TOKENS = st.sampled_from([0, 1, 7_000, HELD_TOKENS])


class MoneyMachine(MoneyStateMachine):
    """Spenders, sweeps, readers and comparisons at once, with a Redis that is lost at any time."""

    holds: Bundle[Hold] = Bundle("holds")
    started: Bundle[Hold] = Bundle("started")
    steps: Bundle[Step] = Bundle("steps")
    read: Bundle[tuple[Booking, ...]] = Bundle("read")
    snapshots: Bundle[Snapshot] = Bundle("snapshots")

    def __init__(self) -> None:
        super().__init__()
        self.money = self.made()
        self.other = Differences()
        self.stalled: list[Step] = []

    @initialize()
    def open(self) -> None:
        self.run(self.money.open())

    @rule(target=holds, work=WORK)
    def hold(self, work: int) -> Any:
        """New work, or the same once more."""
        try:
            return self.run(self.money.spending.hold(self.money.call(work)))
        except NoAccountError:
            return NOTHING

    @rule(target=started, hold=consumes(holds))
    def start(self, hold: Hold) -> Any:
        tenant_id = self.money.tenant_id
        is_there = self.run(self.money.accounts.started(tenant_id, hold.usage_id))
        return hold if is_there else NOTHING

    @rule(target=started, work=WORK)
    def call(self, work: int) -> Any:
        try:
            return self.run(self.money.started(work))
        except (NoAccountError, HoldGoneError):
            return NOTHING

    @rule(hold=started, tokens=TOKENS)
    def settle(self, hold: Hold, tokens: int) -> None:
        """Also twice, by two processes that did the same work."""
        self.run(hold.settle(Quantity.tokens(tokens)))

    @rule(target=steps, hold=consumes(started), tokens=TOKENS)
    def begin_settling(self, hold: Hold, tokens: int) -> Any:
        if self.money.is_down:
            return NOTHING
        step: Step = self.run(self.money.begin_settling(hold, tokens))
        self.stalled.append(step)
        return step

    @rule(hold=consumes(started))
    def die(self, hold: Hold) -> None:
        """Of a spender, between call and settlement."""

    @rule(target=steps)
    def begin_sweeping(self) -> Any:
        if self.money.is_down:
            return NOTHING
        step: Step = self.run(self.money.begin_sweeping())
        self.stalled.append(step)
        return step

    @rule(step=consumes(steps))
    def finish(self, step: Step) -> None:
        self.stalled.remove(step)
        self.run(step.finish())

    @rule()
    def sweep(self) -> None:
        if not self.money.is_down:
            self.run(self.money.sweep())

    @rule(down=st.booleans())
    def take_no_facts(self, down: bool) -> None:
        self.money.is_down = down

    @rule()
    def retry(self) -> None:
        self.run(self.money.spending.retry_unstated())

    @rule(at_most=st.integers(1, 3))
    def read_facts(self, at_most: int) -> None:
        self.run(self.money.read(at_most))

    @rule(target=read)
    def append_without_booking(self) -> tuple[Booking, ...]:
        return tuple(self.run(self.money.append_without_booking()))

    @rule(bookings=consumes(read))
    def book_late(self, bookings: tuple[Booking, ...]) -> None:
        """By a process that stood still since its rows were appended."""
        self.run(self.money.books.book(self.money.tenant_id, bookings))

    @rule(place=st.integers(0, 5))
    def deliver_again(self, place: int) -> None:
        if self.money.stated:
            ids = list(self.money.stated)
            self.run(self.money.state_again(ids[place % len(ids)]))

    @rule(seconds=st.sampled_from([1, 61, 3_600, 20 * 24 * 3_600]))
    def wait(self, seconds: int) -> None:
        self.run(self.money.later(timedelta(seconds=seconds)))

    @rule()
    def forget_charges(self) -> None:
        self.run(self.money.forget_charges())

    @rule(target=snapshots)
    def snapshot(self) -> Snapshot:
        return self.run(self.money.snapshot())

    @rule()
    def lose_redis(self) -> None:
        self.run(self.money.lose_redis())

    @rule(snapshot=snapshots)
    def lose_redis_since(self, snapshot: Snapshot) -> None:
        self.run(self.money.lose_redis(snapshot))

    @rule()
    def provision(self) -> None:
        self.run(self.money.open())

    @rule()
    def rebuild(self) -> None:
        self.run(self.money.rebuild())

    @rule(elsewhere=st.booleans())
    def look(self, elsewhere: bool) -> None:
        if not self.money.is_down:
            self.run(self.money.look(self.other if elsewhere else None))

    @invariant()
    def what_is_held_is_what_the_holds_say(self) -> None:
        assert self.run(self._held_by_account()) == self.run(self._held_by_holds())

    def teardown(self) -> None:
        """It gets quiet: everything that was begun ends, and nothing new begins."""
        for step in self.stalled:
            self.run(step.finish())
        self.run(self.money.open())
        owed = self.run(self._owed())
        self.run(self.money.settle_down())
        self._check_rows(owed)
        spent, held = self.run(self.money.account())
        assert (spent, held) == (self.run(self.money.ledger.spent(self.money.tenant_id)), 0)

    def _check_rows(self, owed: set[UsageId]) -> None:
        rows = self.run(self.money.rows())
        stated = {
            (event.data.usage_id, event.occurred_at, event.data.cost_usd, event.data.confirmed)
            for events in self.money.stated.values()
            for event in events
        }
        assert set(rows) <= stated
        ids = [row[0] for row in rows]
        assert len(ids) == len(set(ids)), "a use is counted twice"
        assert owed <= set(ids), "a hold or a fact is lost"
        months: defaultdict[tuple[int, int], Decimal] = defaultdict(Decimal)
        for _, at, usd, _ in rows:
            months[at.year, at.month] += usd
        assert sum(months.values()) == self.run(self.money.ledger.spent(self.money.tenant_id))

    async def _owed(self) -> set[UsageId]:
        """Uses that somebody still knows of: started holds, charges, facts on their way, bills."""
        self.money.is_down = False
        await self.money.spending.retry_unstated()
        facts = {event.data.usage_id for event in await self.money.waiting()}
        overdue = await self.money.overdue()
        stated = await self.money.books.statement(self.money.tenant_id)
        charged = set(stated.unbooked) if stated is not None else set[UsageId]()
        return facts | charged | {hold.usage_id for hold in overdue if hold.started}

    async def _held_by_account(self) -> Decimal:
        try:
            return (await self.money.account())[1]
        except NoAccountError:
            return Decimal(0)

    async def _held_by_holds(self) -> Decimal:
        overdue = await self.money.overdue()
        return sum((hold.charge.data.cost_usd for hold in overdue), Decimal(0))


def test_account_and_ledger_end_the_same(valkey_url: str, service_urls: dict[str, str]) -> None:
    with machine_on(MoneyMachine, valkey_url, service_urls["metering"]) as made:
        run_state_machine_as_test(made, settings=settings(max_examples=25, stateful_step_count=25))


@pytest.mark.storm
@pytest.mark.timeout(1_800)
def test_account_and_ledger_end_the_same_over_thousands_of_steps(
    valkey_url: str, service_urls: dict[str, str]
) -> None:
    with machine_on(MoneyMachine, valkey_url, service_urls["metering"]) as made:
        run_state_machine_as_test(made, settings=settings(max_examples=600, stateful_step_count=60))
