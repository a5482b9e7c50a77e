"""How a delivery ends: committed, lost, failed, or given up with a last word and a dead letter."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from contracts.errors import UnavailableError
from runtime.bus.commit import Ended
from runtime.bus.dead_letters import letter
from runtime.bus.failures import is_told_to_stop, without_text
from runtime.bus.reader import GivenUp
from runtime.telemetry import metrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contracts.fact import Envelope, Fact
    from runtime.bus.commit import Commit
    from runtime.bus.delivery import Wrapping
    from runtime.bus.entries import Held
    from runtime.bus.settings import BusSettings
    from runtime.clock import Clock

log = logging.getLogger(__name__)
GIVING_UP_TRIES: Final = 5
LOST_AGAIN_AFTER_S: Final = 1.0


class Endings:
    """Every way in which a delivery ends; one for the whole process."""

    def __init__(
        self, *, commit: Commit, wrapping: Wrapping, settings: BusSettings, clock: Clock
    ) -> None:
        self.commit = commit
        self.wrapping = wrapping
        self.settings = settings
        self.clock = clock

    def max_deliveries(self, held: Held) -> int:
        """Bugs and deaths until the dead letter."""
        return held.reading.reader.max_deliveries or self.settings.max_deliveries

    async def finish(self, held: Held, facts: Sequence[Fact], outcome: str) -> None:
        """The commit. A fact that cannot be wrapped is a bug of the handler that returned it."""
        try:
            writes = self.wrapping.facts(event_of(held), facts)
        except Exception as error:  # noqa: BLE001 - not in the catalogue, or not serialisable
            await self.failed(held, error)
            return
        ended = (await self.commit.commit([held], [writes]))[0]
        if ended is Ended.COMMITTED:
            held.reading.breaker.add(held.tenant, failed=False)
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
        held.reading.breaker.add(held.tenant, failed=True)
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
            held.reading.breaker.add("", failed=True)
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

    def note(self, held: Held, outcome: str) -> None:
        """Count the end of a delivery."""
        metrics.add("deliveries_total", 1, **held.reading.labels, outcome=outcome)
        metrics.observe(
            "delivery_seconds", self.clock.monotonic() - held.held_since, **held.reading.labels
        )


def event_of(held: Held) -> Envelope[Any]:
    """Of an entry whose body parsed."""
    assert held.event
    return held.event
