"""What a long handler may do with its delivery; the promise is `reader.Delivery`."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from contracts.errors import LostError
from contracts.fact import Fact
from contracts.feed import FeedEntry
from contracts.ids import EventId
from runtime.bus.claims.claim import Claim
from runtime.bus.claims.steps import Attempt, ClaimSteps
from runtime.bus.concurrency.limit import ConcurrencyLimit
from runtime.bus.concurrency.suspects import Suspects
from runtime.bus.handling.envelope_wrapper import EnvelopeWrapper


class ClaimedDelivery:
    """One run of one long handler."""

    def __init__(
        self,
        claim: Claim,
        attempt: Attempt,
        *,
        steps: ClaimSteps,
        wrapper: EnvelopeWrapper,
        suspects: Suspects,
        limit: ConcurrencyLimit,
    ) -> None:
        self._claim = claim
        self._attempt = attempt
        self._steps = steps
        self._wrapper = wrapper
        self._suspects = suspects
        self._limit = limit

    @property
    def entry_id(self) -> str:
        return self._claim.entry_id

    @property
    def entered_at(self) -> datetime:
        return self._claim.entered_at

    @property
    def deadline(self) -> datetime | None:
        return self._claim.deadline

    @property
    def noted_ms(self) -> int | None:
        return self._attempt.noted_ms

    @property
    def takeovers(self) -> int:
        return self._attempt.tries

    def id_of(self, fact: Fact) -> EventId:
        return self._wrapper.id_of(self._claim.parsed_event, fact)

    async def state(
        self, *facts: Fact, feed: Sequence[FeedEntry] = (), noted_ms: int | None = None
    ) -> None:
        event = self._claim.parsed_event
        appends = [*self._wrapper.facts(event, facts), *self._wrapper.feed(event, feed)]
        if self._claim.lost or not await self._steps.state(self._claim, appends, noted_ms):
            self._claim.lost = True
            raise LostError("another worker owns this delivery now")

    @asynccontextmanager
    async def waiting(self) -> AsyncGenerator[None]:
        claim, was_alone = self._claim, self._claim.runs_alone
        await self._steps.wait([claim])
        self._suspects.end_turn(claim)
        self._limit.leave(claim)
        try:
            yield
        finally:
            try:
                if was_alone:
                    await self._suspects.take_turn(claim)
            finally:
                await self._limit.come_back(claim)
        await self._steps.go_on([claim])
