"""One delivery from its slot to its end: begin, handle, commit; or retry, count, give up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import propagate, trace

from contracts.errors import LostError, RejectedError, ServiceError, UnavailableError
from runtime.bus.commit import Begun, Ended
from runtime.bus.dead_letters import letter
from runtime.bus.delivery import HeldDelivery
from runtime.bus.reader import GivenUp
from runtime.telemetry import metrics

if TYPE_CHECKING:
    from types import TracebackType

    from contracts.fact import Envelope, Fact
    from runtime.bus.commit import Commit
    from runtime.bus.delivery import Wrapping
    from runtime.bus.entries import Held
    from runtime.bus.settings import BusSettings
    from runtime.bus.slots import Slots
    from runtime.clock import Clock

log = logging.getLogger(__name__)
tracer: Final = trace.get_tracer("runtime.bus")

GIVING_UP_TRIES: Final = 5
LOST_AGAIN_AFTER_S: Final = 1.0


class HandlerBugError(Exception):
    """Stands in a log for a handler's error, whose own text may quote content."""


class Work:
    """What a worker does; one for the whole process."""

    def __init__(
        self, *, commit: Commit, wrapping: Wrapping, settings: BusSettings, clock: Clock
    ) -> None:
        self.commit = commit
        self.wrapping = wrapping
        self.settings = settings
        self.clock = clock

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
        event = _event(held)
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
                held.reading.failures.add(held.tenant, failed=True)
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

    def max_deliveries(self, held: Held) -> int:
        return held.reading.reader.max_deliveries or self.settings.max_deliveries

    async def finish(self, held: Held, facts: Sequence[Fact], outcome: str) -> None:
        """The commit. A fact that cannot be wrapped is a bug of the handler that returned it."""
        try:
            writes = self.wrapping.facts(_event(held), facts)
        except Exception as error:  # noqa: BLE001 - not in the catalogue, or not serialisable
            await self.failed(held, error)
            return
        ended = (await self.commit.commit([held], [writes]))[0]
        if ended is Ended.COMMITTED:
            held.reading.failures.add(held.tenant, failed=False)
            self.note(held, outcome)
        else:
            self.note(held, ended.name.lower())

    async def lost(self, held: Held) -> None:
        """Nothing is committed.

        If the entry is still ours (a lane was lost, not the claim), it comes again soon and its
        handler sees who holds the lane.
        """
        if not held.lost:
            await self.commit.release([held], after_s=LOST_AGAIN_AFTER_S)
        self.note(held, "lost")

    async def failed(self, held: Held, error: BaseException) -> None:
        """A bug: counted, and given back for redelivery or up."""
        held.reading.failures.add(held.tenant, failed=True)
        log.error(
            "delivery.failed",
            extra={**held.reading.labels, "entry_id": held.entry_id, "error": type(error).__name__},
            exc_info=without_text(error),
        )
        tries = await self.commit.count_failure(held)
        if tries is None:
            self.note(held, "lost")
        elif tries >= self.max_deliveries(held):
            await self.give_up(held, GivenUp.MAX_DELIVERIES, type(error).__name__, tries=tries)
        else:
            after_s = min(
                self.settings.retry_first_s * 2**tries,
                self.settings.retry_cap_s,
                self.settings.ownerless_after_s,
            )
            await self.commit.release([held], after_s=after_s)
            self.note(held, "bug")

    async def give_up(self, held: Held, reason: GivenUp, detail: str, *, tries: int) -> None:
        """The reader's last word, then the dead letter, in one step."""
        facts = await self._last_word(held, reason)
        await self.bury(held, reason, detail, tries=tries, facts=facts)

    async def bury(
        self,
        held: Held,
        reason: GivenUp,
        detail: str,
        *,
        tries: int,
        facts: Sequence[Fact] = (),
    ) -> None:
        """Dead letter, with the facts that say so."""
        write = letter(held, reason, detail, tries=tries, at=self.clock.now())
        writes = [*(self.wrapping.facts(held.event, facts) if held.event else ()), write]
        ended = (await self.commit.commit([held], [writes], leave_mark=False))[0]
        if ended is Ended.LOST:
            self.note(held, "lost")
            return
        if reason is GivenUp.UNPARSABLE:
            held.reading.failures.add("", failed=True)
            metrics.add("unparsable_total", 1, **held.reading.labels)
        metrics.add("dead_letters_total", 1, **held.reading.labels, code=reason.value)
        log.error(
            "delivery.dead_lettered",
            extra={
                **held.reading.labels,
                "entry_id": held.entry_id,
                "event_id": str(held.event.id) if held.event else None,
                "reason": reason.value,
                "detail": detail,
            },
        )
        self.note(held, reason.value)

    async def _last_word(self, held: Held, reason: GivenUp) -> Sequence[Fact]:
        """What `on_given_up` returns; [] when it fails as well: the dead letter must be written."""
        last_word = held.reading.reader.on_given_up
        if last_word is None or held.event is None:
            return ()
        wait_s = self.settings.retry_first_s
        for _ in range(GIVING_UP_TRIES):
            try:
                async with asyncio.timeout(held.reading.reader.timeout_s):
                    facts = await last_word(held.event, reason)
                self.wrapping.facts(held.event, facts)
            except UnavailableError:
                await self.clock.sleep(wait_s)
                wait_s *= 2
            except (Exception, asyncio.CancelledError) as error:
                if is_told_to_stop(error):
                    raise
                log.error(  # noqa: TRY400 - the traceback is given without the error's text
                    "delivery.last_word_failed",
                    extra={**held.reading.labels, "error": type(error).__name__},
                    exc_info=without_text(error),
                )
                break
            else:
                return facts
        return ()

    async def _expired(self, held: Held) -> Sequence[Fact] | None:
        """What to state instead of handling an entry past its expiry; None: handle it."""
        expiry, ask = held.reading.group.expiry, held.reading.reader.on_expired
        if expiry is None or ask is None or self.clock.now() - held.entered_at < expiry:
            return None
        try:
            return await ask(_event(held))
        except ServiceError:
            return None

    def note(self, held: Held, outcome: str) -> None:
        """Count the end of a delivery."""
        metrics.add("deliveries_total", 1, **held.reading.labels, outcome=outcome)
        metrics.observe(
            "delivery_seconds", self.clock.monotonic() - held.held_since, **held.reading.labels
        )


def _event(held: Held) -> Envelope[Any]:
    assert held.event
    return held.event


def is_told_to_stop(error: BaseException) -> bool:
    """This very task was cancelled; else a CancelledError leaked out of a handler: a bug."""
    task = asyncio.current_task()
    is_ours = task is not None and task.cancelling() > 0
    return isinstance(error, asyncio.CancelledError) and is_ours


def _span(held: Held) -> Any:
    event = _event(held)
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


def without_text(
    error: BaseException,
) -> tuple[type[HandlerBugError], HandlerBugError, TracebackType | None]:
    """Frames and class of an error for the log, not its text: that may quote content."""
    return (HandlerBugError, HandlerBugError(type(error).__name__), error.__traceback__)
