"""Many facts at once and one commit; a batch that fails is split until the culprit is alone."""

import asyncio
from collections.abc import Sequence

from contracts.errors import LostError, UnavailableError
from contracts.fact import Fact
from contracts.ids import EventId
from runtime.bus.claims.claim import Claim
from runtime.bus.claims.steps import Attempt, CommitResult
from runtime.bus.handling.attempts import Attempts
from runtime.bus.handling.deps import HandlingDeps
from runtime.bus.handling.outcomes import Outcomes
from runtime.bus.reader import Caused, GivenUp
from runtime.bus.scripts.appends import Append
from runtime.cancellation import is_cancellation
from runtime.telemetry import metrics


class BatchWorker:
    """What is done with the entries of one read of one shard; one worker for the whole process."""

    def __init__(self, deps: HandlingDeps, outcomes: Outcomes, attempts: Attempts) -> None:
        self._steps = deps.steps
        self._wrapper = deps.wrapper
        self._settings = deps.settings
        self._suspects = deps.suspects
        self._outcomes = outcomes
        self._attempts = attempts

    async def work(self, claims: Sequence[Claim]) -> None:
        """Never raises but CancelledError, and that only when this very task was cancelled."""
        parsed = [claim for claim in claims if claim.event is not None]
        for claim in claims:
            if claim.event is None:
                await self._outcomes.dead_letter(claim, GivenUp.UNPARSABLE, "body", tries=0)
        if not parsed:
            return
        rest, known = await self._begin(parsed)
        await self._handle(_each_event_once(rest))
        for claim, attempt in known:
            await self._handle_by_itself(claim, attempt)

    async def _begin(
        self, claims: Sequence[Claim]
    ) -> tuple[list[Claim], list[tuple[Claim, Attempt]]]:
        """What may be handled together, and what failed before."""
        rest: list[Claim] = []
        known: list[tuple[Claim, Attempt]] = []
        for claim, found in zip(claims, await self._steps.begin(claims), strict=True):
            attempt = await self._attempts.if_to_handle(claim, found)
            if attempt is None:
                continue
            if attempt.is_poison_suspect or attempt.failures:
                known.append((claim, attempt))
            else:
                rest.append(claim)
        return rest, known

    async def _handle_by_itself(self, claim: Claim, attempt: Attempt) -> None:
        if not attempt.is_poison_suspect:
            await self._handle([claim])
            return
        try:
            await self._suspects.take_turn(claim)
            if await self._attempts.begin(claim, alone=True) is not None:
                await self._handle([claim])
        finally:
            self._suspects.end_turn(claim)

    async def _handle(self, claims: Sequence[Claim]) -> None:
        """Handle and commit; on failure halve, and a single one ends as any delivery does."""
        wait_s = self._settings.retry_first_s
        claims = [claim for claim in claims if not claim.lost]
        while claims:
            try:
                appends = self._appends(claims, await self._run(claims))
            except UnavailableError as error:
                claims = await self._without_overdue(claims, wait_s, error)
                if claims:
                    metrics.add("retries_total", len(claims), **claims[0].subscription.labels)
                    await self._attempts.wait(claims, wait_s)
                wait_s = min(wait_s * 2, self._settings.retry_cap_s)
            except (Exception, asyncio.CancelledError) as error:
                if is_cancellation(error):
                    raise
                await self._split(claims, error)
                return
            else:
                await self._commit(claims, appends)
                return

    async def _run(self, claims: Sequence[Claim]) -> Sequence[Caused]:
        reader = claims[0].subscription.reader
        assert reader.batch
        async with asyncio.timeout(reader.timeout_s):
            return await reader.batch([claim.parsed_event for claim in claims])

    async def _split(self, claims: Sequence[Claim], error: BaseException) -> None:
        if len(claims) > 1:
            middle = len(claims) // 2
            await self._handle(claims[:middle])
            await self._handle(claims[middle:])
            return
        claim = claims[0]

        async def raise_again() -> Sequence[Fact]:
            raise error

        if isinstance(error, LostError):
            await self._outcomes.lost(claim)
        else:
            await self._attempts.run(claim, raise_again)

    async def _without_overdue(
        self, claims: Sequence[Claim], wait_s: float, error: UnavailableError
    ) -> list[Claim]:
        in_time: list[Claim] = []
        for claim in claims:
            if claim.lost:
                self._outcomes.record(claim, "lost")
            elif self._attempts.may_wait(claim, wait_s):
                in_time.append(claim)
            else:
                await self._outcomes.give_up(claim, GivenUp.DEADLINE, error.code, tries=1)
        return in_time

    def _appends(self, claims: Sequence[Claim], caused: Sequence[Caused]) -> list[list[Append]]:
        """What follows from each entry, in the order returned.

        Raises:
            ValueError: a fact names a cause that is not in the batch: a bug of the handler.
        """
        facts: dict[EventId, list[Fact]] = {claim.parsed_event.id: [] for claim in claims}
        for row in caused:
            if row.cause.id not in facts:
                raise ValueError("a returned fact names a cause outside of its batch")
            facts[row.cause.id].append(row.fact)
        events = [claim.parsed_event for claim in claims]
        return [self._wrapper.facts(event, facts[event.id]) for event in events]

    async def _commit(self, claims: Sequence[Claim], appends: Sequence[Sequence[Append]]) -> None:
        """One script for all; each entry's facts go with it or not at all."""
        results = await self._steps.commit(claims, appends)
        for claim, result in zip(claims, results, strict=True):
            if result is CommitResult.COMMITTED:
                claim.subscription.breaker.add(claim.tenant, failed=False)
            self._outcomes.record(claim, result.name.lower())


def _each_event_once(claims: Sequence[Claim]) -> list[Claim]:
    """Drop repeats: a fact published twice may stand in one batch twice.

    The later entry waits for redelivery, where the done mark of the first is found.
    """
    seen: dict[EventId, Claim] = {}
    for claim in claims:
        seen.setdefault(claim.parsed_event.id, claim)
    return list(seen.values())
