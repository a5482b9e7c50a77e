"""The tasks that handle what was read: begun as slots come free, ended at the drain."""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any

from runtime.bus.claims.claim import Claim
from runtime.bus.claims.claims import Claims
from runtime.bus.concurrency.limit import ConcurrencyLimit, Job
from runtime.bus.handling.attempts import Attempts
from runtime.bus.handling.batch_worker import BatchWorker
from runtime.bus.handling.deps import HandlingDeps
from runtime.bus.handling.outcomes import Outcomes
from runtime.bus.handling.single_worker import SingleWorker
from runtime.bus.reading.subscription import Subscription
from runtime.cancellation import cancel_and_wait
from runtime.telemetry import without_text

log = logging.getLogger(__name__)
RELEASE_TIMEOUT_S = 5.0


class WorkerPool:
    """Every task that handles; they belong to `tasks`, and none of them ever fails it."""

    def __init__(
        self,
        tasks: asyncio.TaskGroup,
        subscriptions: Sequence[Subscription],
        claims: Claims,
        deps: HandlingDeps,
    ) -> None:
        self._tasks = tasks
        self._claims = claims
        self._steps = deps.steps
        self._outcomes = Outcomes(deps)
        attempts = Attempts(deps, self._outcomes)
        self._single = SingleWorker(deps, self._outcomes, attempts)
        self._batches = BatchWorker(deps, self._outcomes, attempts)
        self._running: set[asyncio.Task[None]] = set()
        share = deps.settings.tenant_share
        self._limits = {
            one.event_type: ConcurrencyLimit(one, self._start, tenant_share=share)
            for one in subscriptions
        }

    def limit_of(self, subscription: Subscription) -> ConcurrencyLimit:
        return self._limits[subscription.event_type]

    def take(self, claims: Sequence[Claim], *, first: bool = False) -> None:
        """Claims of one shard: renewed from here on, handled when there are slots.

        `first`: ahead of what was read, for what had no owner any more.
        """
        if not claims or claims[0].subscription.stopped:  # then they stay pending, for others
            return
        self._claims.add(claims)
        subscription = claims[0].subscription
        limit = self.limit_of(subscription)
        size = subscription.entries_of_job
        for at in range(0, len(claims), size):
            limit.offer(list(claims[at : at + size]), first=first)
        limit.start_waiting()

    async def stop(self, subscription: Subscription) -> None:
        """Begin no more work on a fact; what waited for a slot is free for others at once."""
        for job in self.limit_of(subscription).stop():
            await self._release(job)
            self._claims.drop(job)

    async def finish(self, *, timeout_s: float) -> None:
        """Let handlers end, then cancel them: their entries are left pending and free."""
        if self._running:
            await asyncio.wait(self._running, timeout=timeout_s)
        await cancel_and_wait(set(self._running))

    def _start(self, job: Job) -> asyncio.Task[None]:
        subscription = job[0].subscription
        if subscription.reader.batch:
            work = self._batches.work(job)
        else:
            work = self._single.work(job[0], self.limit_of(subscription))
        task = self._tasks.create_task(self._guarded(job, work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _guarded(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        """Whatever happens, the slot comes back and no other task hears of it."""
        subscription = job[0].subscription
        try:
            await work
        except asyncio.CancelledError:
            await self._after_cancellation(job)
        except Exception as error:  # it stays pending and is delivered again
            log.error(  # noqa: TRY400 - the traceback is given without the error's text
                "delivery.broke", extra=subscription.labels, exc_info=without_text(error)
            )
        finally:
            self._claims.drop(job)
            self.limit_of(subscription).release(job)

    async def _after_cancellation(self, job: Job) -> None:
        """Either the claim was lost, or the process drains: then it is free for others."""
        await self._release(job)
        for claim in job:
            self._outcomes.record(claim, "lost" if claim.lost else "released")

    async def _release(self, job: Job) -> None:
        ours = [claim for claim in job if not claim.lost]
        try:
            async with asyncio.timeout(RELEASE_TIMEOUT_S):
                if ours:
                    await self._steps.release(ours)
        except (asyncio.CancelledError, Exception) as error:  # noqa: BLE001 - others wait 8 s then
            log.warning("delivery.not_released", extra={"error": type(error).__name__})
