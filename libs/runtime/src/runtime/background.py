"""Background tasks of a service: one that fails is tried again, named in readiness meanwhile."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, NoReturn

from contracts.errors import ServiceError
from runtime.cancellation import is_cancellation, stop_if_cancelled
from runtime.clock import Clock
from runtime.telemetry import metrics, without_text

log = logging.getLogger(__name__)
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 15.0
"""Doubled up to here: so long a service may stay unready after what it needs is back."""
JITTER_RATIO: Final = 0.5
"""Of each pause: what fell together in many processes does not come back together."""
RAN_WELL_S: Final = 10.0
"""A loop that has run so long since it failed counts as mended; the next pause is short again."""


@dataclass(frozen=True)
class BackgroundTask:
    """Work beside the reading of facts, for the life of a service.

    Attributes:
        name: for readiness, logs and metrics; a few words of our own, such as "outbox sweep".
        run: one round of it; without `every_s` all of it, which does not end by itself.
        every_s: pause between two rounds.
    """

    name: str
    run: Callable[[], Awaitable[object]]
    every_s: float | None = None


class _EndedError(RuntimeError):
    """A task that runs for the life of the service ended by itself."""


@dataclass
class _Failing:
    """What is known of a task since it failed."""

    error: str
    in_a_row: int
    resumed_at_s: float | None = None


class BackgroundTasks:
    """Runs tasks so that a failure of one ends neither the service nor the others."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failing: dict[str, _Failing] = {}

    async def run(self, task: BackgroundTask) -> NoReturn:
        """Until cancelled."""
        while True:
            stop_if_cancelled()
            try:
                await _once(task)
            except (Exception, BaseExceptionGroup, asyncio.CancelledError) as error:
                if is_cancellation(error):
                    raise
                await self._clock.sleep(self._failed(task, error))
                self._resumed(task)
            else:
                self._mended(task)
                await self._clock.sleep(task.every_s or 0)

    def problems(self) -> list[str]:
        """For readiness: which tasks fail, and by which class of error; never its text."""
        now_s = self._clock.monotonic()
        return [
            f"the background task `{name}` fails ({failing.error}) and is tried again"
            for name, failing in self._failing.items()
            if failing.resumed_at_s is None or now_s - failing.resumed_at_s < RAN_WELL_S
        ]

    def _failed(self, task: BackgroundTask, error: BaseException) -> float:
        """Note it; returns how long to wait."""
        known = self._failing.get(task.name)
        in_a_row = known.in_a_row + 1 if known and not self._ran_well(known, task) else 1
        named = error.code if isinstance(error, ServiceError) else type(error).__name__
        self._failing[task.name] = _Failing(named, in_a_row)
        metrics.add("background_failures_total", task=task.name)
        expected = isinstance(error, ServiceError)
        log.log(
            logging.WARNING if expected else logging.ERROR,
            "background.failed",
            extra={"task_name": task.name, "error": named, "in_a_row": in_a_row},
            exc_info=None if expected else without_text(error),
        )
        longest_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(in_a_row - 1, 16))
        return longest_s * (1 - JITTER_RATIO * random.random())  # noqa: S311 - spreads, hides nothing

    def _resumed(self, task: BackgroundTask) -> None:
        # A round is mended when it has succeeded; a loop never ends, so it is when it has lasted.
        if task.every_s is None:
            self._failing[task.name].resumed_at_s = self._clock.monotonic()

    def _mended(self, task: BackgroundTask) -> None:
        if self._failing.pop(task.name, None) is not None:
            log.info("background.mended", extra={"task_name": task.name})

    def _ran_well(self, failing: _Failing, task: BackgroundTask) -> bool:
        if task.every_s is not None or failing.resumed_at_s is None:
            return False
        return self._clock.monotonic() - failing.resumed_at_s >= RAN_WELL_S


async def _once(task: BackgroundTask) -> None:
    await task.run()
    if task.every_s is None:
        raise _EndedError
