"""Beginning a claim and running its handler with retries, as single facts and batches both do."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from contracts.errors import LostError, RejectedError, UnavailableError
from contracts.fact import Fact
from runtime.bus.claims.claim import Claim
from runtime.bus.claims.steps import Attempt, CommitResult
from runtime.bus.handling.deps import HandlingDeps
from runtime.bus.handling.outcomes import Outcomes
from runtime.bus.reader import GivenUp
from runtime.cancellation import is_cancellation
from runtime.telemetry import metrics


class Attempts:
    """What leads to an outcome; one for the whole process."""

    def __init__(self, deps: HandlingDeps, outcomes: Outcomes) -> None:
        self._steps = deps.steps
        self._settings = deps.settings
        self._clock = deps.clock
        self._outcomes = outcomes

    async def begin(self, claim: Claim, *, alone: bool = False) -> Attempt | None:
        """None when there is nothing left to handle."""
        found = await self._steps.begin([claim], alone=alone)
        return await self.if_to_handle(claim, found[0])

    async def if_to_handle(self, claim: Claim, found: Attempt | CommitResult) -> Attempt | None:
        """None when there is nothing left to handle, and what was to be done then is done."""
        if isinstance(found, CommitResult):
            self._outcomes.record(claim, found.name.lower())
        elif claim.is_for_another:
            await self._steps.commit([claim], [[]], leave_mark=False)
            self._outcomes.record(claim, "not_for_us")
        elif self._is_too_much(claim, found):
            await self._outcomes.give_up(claim, GivenUp.MAX_DELIVERIES, "died", tries=found.tries)
        else:
            return found
        return None

    async def run(
        self, claim: Claim, handle: Callable[[], Awaitable[Sequence[Fact]]]
    ) -> Sequence[Fact] | None:
        """Run with retries; None when the delivery ended some other way, which is done then."""
        wait_s = self._settings.retry_first_s
        while True:
            try:
                return await handle()
            except RejectedError as error:
                claim.subscription.breaker.add(claim.tenant, failed=True)
                await self._outcomes.give_up(claim, GivenUp.REJECTED, error.code, tries=1)
                return None
            except UnavailableError as error:
                if not self.may_wait(claim, wait_s):
                    await self._outcomes.give_up(claim, GivenUp.DEADLINE, error.code, tries=1)
                    return None
                metrics.add("retries_total", 1, **claim.subscription.labels)
                await self.wait([claim], wait_s)
                wait_s = min(wait_s * 2, self._settings.retry_cap_s)
            except LostError:
                await self._outcomes.lost(claim)
                return None
            except (Exception, asyncio.CancelledError) as error:
                if is_cancellation(error):
                    raise
                await self._outcomes.failed(claim, error)
                return None

    async def wait(self, claims: Sequence[Claim], wait_s: float) -> None:
        """Before another try at what is outside; nothing of these claims runs meanwhile."""
        await self._steps.wait(claims)
        await self._clock.sleep(wait_s)
        await self._steps.go_on(claims)

    def _is_too_much(self, claim: Claim, attempt: Attempt) -> bool:
        """A death says little: others may have caused it, or somebody killed the process."""
        return (
            attempt.failures >= self._outcomes.max_deliveries(claim)
            or attempt.deaths_alone >= self._settings.max_deaths
        )

    def may_wait(self, claim: Claim, wait_s: float) -> bool:
        """Whether another try after `wait_s` would still be within the deadline."""
        if claim.deadline is None:
            return True
        return (claim.deadline - self._clock.now()).total_seconds() > wait_s
