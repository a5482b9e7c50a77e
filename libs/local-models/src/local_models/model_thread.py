"""A model with a thread to itself, so that an event loop never waits for it."""

import asyncio
import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Generic, Self, TypeVar, cast

ModelT = TypeVar("ModelT")
T = TypeVar("T")


class ModelThread(Generic[ModelT]):
    """Loads a model on the way in and runs work on it, one piece after the other."""

    def __init__(
        self, name: str, load: Callable[[], ModelT], *, timeout_s: float, niceness: int = 0
    ) -> None:
        """Bind; nothing is loaded yet.

        Args:
            name: of the thread.
            load: makes the model, in the thread.
            timeout_s: of loading, and of each piece of work.
            niceness: of the thread, at least; Linux only, elsewhere it would be the process's.
        """
        self._load, self._timeout_s, self._niceness = load, timeout_s, niceness
        self._name = name
        self._thread = self._new_thread()
        self._model: ModelT | None = None
        self._loaded = asyncio.Event()
        self._busy = False
        self._first: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    async def __aenter__(self) -> Self:
        """Load.

        Raises:
            WeightsError: the installed weights are missing or not the expected ones.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                self._model = await self._run(self._load)
        except BaseException:
            self._let_go()
            raise
        self._loaded.set()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._let_go()

    async def run(self) -> None:
        """Load, and hold until cancelled; for a service that does not wait for its models.

        Raises:
            WeightsError: see above.
        """
        async with self:
            await asyncio.Event().wait()

    async def problems(self) -> list[str]:
        """For readiness."""
        return [] if self._loaded.is_set() else [f"the model for {self._name} is being loaded"]

    async def on_model(self, work: Callable[[ModelT], T], *, first: bool = False) -> T:
        """The work's result; TimeoutError past the time limit, though the work itself goes on.

        Waits for a model that is being loaded.

        Args:
            work: runs in the thread.
            first: goes before everything that waits and is not first as well.
        """
        async with asyncio.timeout(self._timeout_s):
            await self._loaded.wait()
            return await self._run(lambda: work(cast("ModelT", self._model)), first=first)

    async def _run(self, work: Callable[[], T], *, first: bool = False) -> T:
        loop = asyncio.get_running_loop()

        def on_done(_: object) -> None:
            with suppress(RuntimeError):  # the loop closed while the thread still worked
                loop.call_soon_threadsafe(self._pass_on)

        await self._turn(self._first if first else self._others)
        running = self._thread.submit(work)
        # When the work is over, not when nobody waits for it any more.
        running.add_done_callback(on_done)
        return await asyncio.wrap_future(running)

    async def _turn(self, line: deque[asyncio.Future[None]]) -> None:
        if not self._busy:
            self._busy = True
            return
        turn = asyncio.get_running_loop().create_future()
        line.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                line.remove(turn)
            else:
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        line = self._first or self._others
        if line:
            line.popleft().set_result(None)
        else:
            self._busy = False

    def _let_go(self) -> None:
        """End the thread; the next time that it is entered has one of its own."""
        self._loaded.clear()
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._thread = self._new_thread()

    def _new_thread(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, self._name, initializer=self._begin)  # starts when first used

    def _begin(self) -> None:
        # Linux counts niceness by thread, so the event loop, which renews deliveries, keeps its
        # own. Threads that the model starts are born with it.
        if self._niceness and sys.platform == "linux":
            thread = threading.get_native_id()
            own = os.getpriority(os.PRIO_PROCESS, thread)
            os.setpriority(os.PRIO_PROCESS, thread, max(own, self._niceness))
