"""One delivery from its slot to its end: begin, handle, commit; or retry, count, give up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import propagate, trace

from contracts.errors import LostError, RejectedError, ServiceError, UnavailableError
from runtime.bus.commit import Begun, Ended
from runtime.bus.delivery import HeldDelivery
from runtime.bus.endings import Endings, event_of
from runtime.bus.failures import is_told_to_stop
from runtime.bus.reader import GivenUp
from runtime.telemetry import metrics

if TYPE_CHECKING:
    from contracts.fact import Fact
    from runtime.bus.entries import Held
    from runtime.bus.slots import Slots

log = logging.getLogger(__name__)
tracer: Final = trace.get_tracer("runtime.bus")


class Work(Endings):
    """What a worker does; one for the whole process."""

    async def one(self, held: Held, slots: Slots) -> None:
        """Never raises but CancelledError, and that only when this very task was cancelled."""
        if held.event is None:
            await self.bury(held, GivenUp.UNPARSABLE, "body", tries=0)
            return
        begun = await self.begun(held, (await self.commit.begin([held]))[0])
        if begun is None:
            return
        with _span(held):
            if begun.is_suspect:
                async with held.reading.suspects:
                    held.is_alone = True
                    await self.alone(held, lambda begun: self._handle(held, begun, slots))
            else:
                await self._handle(held, begun, slots)

    async def begun(self, held: Held, how: Begun | Ended) -> Begun | None:
        """None when there is nothing left to handle, and what was to be done then is done."""
        if isinstance(how, Ended):
            self.note(held, how.name.lower())
        elif held.is_for_another:
            await self.commit.commit([held], [[]], leave_mark=False)
            self.note(held, "not_for_us")
        elif how.tries >= self.max_deliveries(held):
            await self.give_up(held, GivenUp.MAX_DELIVERIES, "died", tries=how.tries)
        else:
            return how
        return None

    async def alone(self, held: Held, handle: Callable[[Begun], Awaitable[None]]) -> None:
        """Begin a suspect, when it is its turn."""
        again = (await self.commit.begin([held], also_suspects=True))[0]
        begun = await self.begun(held, again)
        if begun is not None:
            await handle(begun)

    async def _handle(self, held: Held, begun: Begun, slots: Slots) -> None:
        reader = held.reading.reader
        event = event_of(held)
        expired = await self._expired(held)
        if expired is not None:
            metrics.add("expired_total", 1, **held.reading.labels)
            await self.finish(held, expired, "expired")
            return

        async def run() -> Sequence[Fact]:
            if reader.long is not None:
                delivery = HeldDelivery(
                    held, begun, commit=self.commit, wrapping=self.wrapping, slots=slots
                )
                return await reader.long(event, delivery)
            assert reader.handle
            async with asyncio.timeout(reader.timeout_s):
                return await reader.handle(event)

        facts = await self.outcome(held, run)
        if facts is not None:
            await self.finish(held, facts, "committed")

    async def outcome(
        self, held: Held, run: Callable[[], Awaitable[Sequence[Fact]]]
    ) -> Sequence[Fact] | None:
        """Run with retries; None when the delivery ended some other way, which is done then."""
        wait_s = self.settings.retry_first_s
        while True:
            try:
                return await run()
            except RejectedError as error:
                held.reading.breaker.add(held.tenant, failed=True)
                await self.give_up(held, GivenUp.REJECTED, error.code, tries=1)
                return None
            except UnavailableError as error:
                if not self.may_wait(held, wait_s):
                    await self.give_up(held, GivenUp.DEADLINE, error.code, tries=1)
                    return None
                metrics.add("retries_total", 1, **held.reading.labels)
                await self.clock.sleep(wait_s)
                wait_s = min(wait_s * 2, self.settings.retry_cap_s)
            except LostError:
                await self.lost(held)
                return None
            except (Exception, asyncio.CancelledError) as error:
                if is_told_to_stop(error):
                    raise
                await self.failed(held, error)
                return None

    def may_wait(self, held: Held, wait_s: float) -> bool:
        """Whether another try after `wait_s` would still be within the deadline."""
        if held.deadline is None:
            return True
        return (held.deadline - self.clock.now()).total_seconds() > wait_s

    async def _expired(self, held: Held) -> Sequence[Fact] | None:
        """What to state instead of handling an entry past its expiry; None: handle it."""
        expiry, ask = held.reading.group.expiry, held.reading.reader.on_expired
        if expiry is None or ask is None or self.clock.now() - held.entered_at < expiry:
            return None
        try:
            return await ask(event_of(held))
        except ServiceError:
            return None


def _span(held: Held) -> Any:
    event = event_of(held)
    parent = propagate.extract({"traceparent": event.traceparent} if event.traceparent else {})
    return tracer.start_as_current_span(
        f"process {held.reading.event_type}",
        context=parent,
        kind=trace.SpanKind.CONSUMER,
        attributes={
            "messaging.system": "redis",
            "messaging.consumer.group.name": held.source.group,
            "messaging.message.id": str(event.id),
        },
        record_exception=False,
        set_status_on_exception=False,
    )
