"""One delivery from its slot to its end: begin, handle, commit; or retry, count, give up."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from opentelemetry import propagate, trace

from contracts.errors import ServiceError
from contracts.fact import Fact
from runtime.bus.claims.claim import Claim
from runtime.bus.claims.steps import Attempt
from runtime.bus.concurrency.limit import ConcurrencyLimit
from runtime.bus.handling.attempts import Attempts
from runtime.bus.handling.claimed_delivery import ClaimedDelivery
from runtime.bus.handling.deps import HandlingDeps
from runtime.bus.handling.outcomes import Outcomes
from runtime.bus.reader import GivenUp
from runtime.telemetry import metrics

tracer: Final = trace.get_tracer("runtime.bus")


class SingleWorker:
    """What is done with one entry; one worker for the whole process."""

    def __init__(self, deps: HandlingDeps, outcomes: Outcomes, attempts: Attempts) -> None:
        self._steps = deps.steps
        self._wrapper = deps.wrapper
        self._clock = deps.clock
        self._suspects = deps.suspects
        self._outcomes = outcomes
        self._attempts = attempts

    async def work(self, claim: Claim, limit: ConcurrencyLimit) -> None:
        """Never raises but CancelledError, and that only when this very task was cancelled."""
        if claim.event is None:
            await self._outcomes.dead_letter(claim, GivenUp.UNPARSABLE, "body", tries=0)
            return
        attempt = await self._attempts.begin(claim)
        if attempt is None:
            return
        with _span(claim):
            if not attempt.is_poison_suspect:
                await self._handle(claim, attempt, limit)
                return
            try:
                await self._handle_alone(claim, limit)
            finally:
                self._suspects.end_turn(claim)

    async def _handle_alone(self, claim: Claim, limit: ConcurrencyLimit) -> None:
        limit.leave(claim)
        try:
            await self._suspects.take_turn(claim)
        finally:
            await limit.come_back(claim)
        attempt = await self._attempts.begin(claim, alone=True)
        if attempt is not None:
            await self._handle(claim, attempt, limit)

    async def _handle(self, claim: Claim, attempt: Attempt, limit: ConcurrencyLimit) -> None:
        reader = claim.subscription.reader
        event = claim.parsed_event
        expired = await self._expired(claim)
        if expired is not None:
            metrics.add("expired_total", 1, **claim.subscription.labels)
            await self._outcomes.commit(claim, expired, "expired")
            return

        async def handle() -> Sequence[Fact]:
            if reader.long is not None:
                return await reader.long(event, self._delivery(claim, attempt, limit))
            assert reader.handle
            async with asyncio.timeout(reader.timeout_s):
                return await reader.handle(event)

        facts = await self._attempts.run(claim, handle)
        if facts is not None:
            await self._outcomes.commit(claim, facts, "committed")

    def _delivery(self, claim: Claim, attempt: Attempt, limit: ConcurrencyLimit) -> ClaimedDelivery:
        return ClaimedDelivery(
            claim,
            attempt,
            steps=self._steps,
            wrapper=self._wrapper,
            suspects=self._suspects,
            limit=limit,
        )

    async def _expired(self, claim: Claim) -> Sequence[Fact] | None:
        """What to state instead of handling an entry past its expiry; None: handle it."""
        expiry, ask = claim.subscription.group.expiry, claim.subscription.reader.on_expired
        if expiry is None or ask is None or self._clock.now() - claim.entered_at < expiry:
            return None
        try:
            return await ask(claim.parsed_event)
        except ServiceError:
            return None


def _span(claim: Claim) -> Any:
    event = claim.parsed_event
    parent = propagate.extract({"traceparent": event.traceparent} if event.traceparent else {})
    return tracer.start_as_current_span(
        f"process {claim.subscription.event_type}",
        context=parent,
        kind=trace.SpanKind.CONSUMER,
        attributes={
            "messaging.system": "redis",
            "messaging.consumer.group.name": claim.shard.group,
            "messaging.message.id": str(event.id),
        },
        record_exception=False,
        set_status_on_exception=False,
    )
