"""How a delivery ends: committed, lost, failed, or given up with a last word and a dead letter."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from contracts.errors import UnavailableError
from contracts.fact import Fact
from runtime.bus.claims.claim import Claim
from runtime.bus.claims.steps import CommitResult
from runtime.bus.dead_letters import letter_of
from runtime.bus.handling.deps import HandlingDeps
from runtime.bus.reader import GivenUp
from runtime.cancellation import is_cancellation
from runtime.telemetry import metrics, without_text

log = logging.getLogger(__name__)
GIVING_UP_TRIES: Final = 5
LOST_AGAIN_AFTER_S: Final = 1.0


class Outcomes:
    """Every way in which a delivery ends; one for the whole process."""

    def __init__(self, deps: HandlingDeps) -> None:
        self._steps = deps.steps
        self._wrapper = deps.wrapper
        self._settings = deps.settings
        self._clock = deps.clock

    def max_deliveries(self, claim: Claim) -> int:
        """Bugs until the dead letter."""
        return claim.subscription.reader.max_deliveries or self._settings.max_deliveries

    async def commit(self, claim: Claim, facts: Sequence[Fact], outcome: str) -> None:
        """A fact that cannot be wrapped is a bug of the handler that returned it."""
        try:
            appends = self._wrapper.facts(claim.parsed_event, facts)
        except Exception as error:  # noqa: BLE001 - not in the catalogue, or not serialisable
            await self.failed(claim, error)
            return
        result = (await self._steps.commit([claim], [appends]))[0]
        if result is CommitResult.COMMITTED:
            claim.subscription.breaker.add(claim.tenant, failed=False)
            self.record(claim, outcome)
        else:
            self.record(claim, result.name.lower())

    async def lost(self, claim: Claim) -> None:
        """Nothing is committed.

        If the entry is still ours (a lane was lost, not the claim), it comes again soon and its
        handler sees who holds the lane.
        """
        if not claim.lost:
            await self._steps.release([claim], after_s=LOST_AGAIN_AFTER_S)
        self.record(claim, "lost")

    async def failed(self, claim: Claim, error: BaseException) -> None:
        """A bug: counted, and given back for redelivery, or given up."""
        claim.subscription.breaker.add(claim.tenant, failed=True)
        log.error(
            "delivery.failed",
            extra={
                **claim.subscription.labels,
                "entry_id": claim.entry_id,
                "error": type(error).__name__,
            },
            exc_info=without_text(error),
        )
        tries = await self._steps.count_failure(claim)
        if tries is None:
            self.record(claim, "lost")
        elif tries >= self.max_deliveries(claim):
            await self.give_up(claim, GivenUp.MAX_DELIVERIES, type(error).__name__, tries=tries)
        else:
            after_s = min(
                self._settings.retry_first_s * 2**tries,
                self._settings.retry_cap_s,
                self._settings.ownerless_after_s,
            )
            await self._steps.release([claim], after_s=after_s)
            self.record(claim, "bug")

    async def give_up(self, claim: Claim, reason: GivenUp, detail: str, *, tries: int) -> None:
        """The reader's last word, then the dead letter, in one step."""
        facts = await self._last_word(claim, reason)
        await self.dead_letter(claim, reason, detail, tries=tries, facts=facts)

    async def dead_letter(
        self,
        claim: Claim,
        reason: GivenUp,
        detail: str,
        *,
        tries: int,
        facts: Sequence[Fact] = (),
    ) -> None:
        """Move the entry to the dead letters, with the facts that say so."""
        letter = letter_of(claim, reason, detail, tries=tries, at=self._clock.now())
        appends = [*(self._wrapper.facts(claim.event, facts) if claim.event else ()), letter]
        result = (await self._steps.commit([claim], [appends], leave_mark=False))[0]
        if result is CommitResult.LOST:
            self.record(claim, "lost")
            return
        labels = claim.subscription.labels
        if reason is GivenUp.UNPARSABLE:
            claim.subscription.breaker.add("", failed=True)
            metrics.add("unparsable_total", 1, **labels)
        metrics.add("dead_letters_total", 1, **labels, code=reason.value)
        log.error(
            "delivery.dead_lettered",
            extra={
                **labels,
                "entry_id": claim.entry_id,
                "event_id": str(claim.event.id) if claim.event else None,
                "reason": reason.value,
                "detail": detail,
            },
        )
        self.record(claim, reason.value)

    async def _last_word(self, claim: Claim, reason: GivenUp) -> Sequence[Fact]:
        """What `on_given_up` returns; [] when it fails as well: the dead letter must be written."""
        reader = claim.subscription.reader
        if reader.on_given_up is None or claim.event is None:
            return ()
        wait_s = self._settings.retry_first_s
        for _ in range(GIVING_UP_TRIES):
            try:
                async with asyncio.timeout(reader.timeout_s):
                    facts = await reader.on_given_up(claim.event, reason)
                self._wrapper.facts(claim.event, facts)
            except UnavailableError:
                await self._clock.sleep(wait_s)
                wait_s *= 2
            except (Exception, asyncio.CancelledError) as error:
                if is_cancellation(error):
                    raise
                log.error(  # noqa: TRY400 - the traceback is given without the error's text
                    "delivery.last_word_failed",
                    extra={**claim.subscription.labels, "error": type(error).__name__},
                    exc_info=without_text(error),
                )
                break
            else:
                return facts
        return ()

    def record(self, claim: Claim, outcome: str) -> None:
        """Count the end of a delivery."""
        labels = claim.subscription.labels
        metrics.add("deliveries_total", 1, **labels, outcome=outcome)
        took_s = self._clock.monotonic() - claim.claimed_at_s
        metrics.observe("delivery_seconds", took_s, **labels)
