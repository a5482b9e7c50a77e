"""A background task that fails is tried again, slower and slower, and named until it is mended."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from contracts.errors import UnavailableError
from runtime.background import (
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    RAN_WELL_S,
    BackgroundTask,
    BackgroundTasks,
)
from runtime.cancellation import cancel_and_wait
from support.meeting.clock import VirtualClock, settle

EVERY_S = 60.0


class Work:
    """Fails while `error` is set; notes when it was run."""

    def __init__(self, clock: VirtualClock, error: BaseException | None) -> None:
        self._clock, self.error = clock, error
        self.at_s: list[float] = []

    async def round(self) -> None:
        self.at_s.append(self._clock.monotonic())
        if self.error is not None:
            raise self.error

    async def loop(self) -> None:
        await self.round()
        await asyncio.Event().wait()


@asynccontextmanager
async def running(
    clock: VirtualClock, run: Callable[[], Awaitable[None]], every_s: float | None
) -> AsyncGenerator[BackgroundTasks]:
    background = BackgroundTasks(clock)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(background.run(BackgroundTask("sweep", run, every_s)))
        await settle()
        yield background
        assert not task.done()
        await cancel_and_wait([task])


async def test_a_round_that_fails_is_named_without_its_text_until_one_succeeds() -> None:
    clock = VirtualClock()
    work = Work(clock, ValueError("what somebody said"))
    async with running(clock, work.round, EVERY_S) as background:
        assert background.problems() == [
            "the background task `sweep` fails (ValueError) and is tried again"
        ]
        work.error = None
        await clock.advance(FIRST_PAUSE_S)
        assert background.problems() == []
        assert len(work.at_s) == 2


async def test_pauses_double_to_a_ceiling_and_are_jittered() -> None:
    clock = VirtualClock()
    work = Work(clock, UnavailableError("Redis does not answer"))
    async with running(clock, work.round, EVERY_S):
        await clock.advance(40 * LONGEST_PAUSE_S)
    pauses = [later - earlier for earlier, later in zip(work.at_s, work.at_s[1:], strict=False)]
    for tries, pause_s in enumerate(pauses):
        longest_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**tries)
        assert longest_s / 2 <= pause_s <= longest_s + 0.001
    assert len({round(pause_s, 6) for pause_s in pauses[-10:]}) > 1


async def test_a_mended_round_starts_again_with_short_pauses() -> None:
    clock = VirtualClock()
    work = Work(clock, OSError())
    async with running(clock, work.round, EVERY_S):
        await clock.advance(10 * LONGEST_PAUSE_S)
        work.error = None
        await clock.advance(LONGEST_PAUSE_S)
        work.error = OSError()
        await clock.advance(EVERY_S - LONGEST_PAUSE_S)
        work.at_s.clear()
        await clock.advance(LONGEST_PAUSE_S)
        assert any(
            later - earlier <= FIRST_PAUSE_S
            for earlier, later in zip(work.at_s, work.at_s[1:], strict=False)
        )


async def test_a_loop_is_mended_once_it_has_run_for_a_while() -> None:
    clock = VirtualClock()
    work = Work(clock, KeyError("row"))
    async with running(clock, work.loop, None) as background:
        work.error = None
        await clock.advance(FIRST_PAUSE_S)
        assert background.problems()
        await clock.advance(RAN_WELL_S)
        assert background.problems() == []
        assert len(work.at_s) == 2


async def test_a_loop_that_ends_or_lets_a_cancellation_leak_is_started_again() -> None:
    clock = VirtualClock()
    ending, leaking = Work(clock, None), Work(clock, asyncio.CancelledError())
    async with running(clock, ending.round, None) as background:
        assert background.problems()
        await clock.advance(LONGEST_PAUSE_S)
    async with running(clock, leaking.loop, None):
        await clock.advance(LONGEST_PAUSE_S)
    assert min(len(ending.at_s), len(leaking.at_s)) > 2
