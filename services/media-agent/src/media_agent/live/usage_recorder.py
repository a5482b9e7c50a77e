"""What speech costs in a live meeting: held before, stated after, without making anybody wait."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from types import TracebackType
from typing import Any, Final, Self

from contracts.errors import RejectedError, UnavailableError
from contracts.fact import Envelope
from contracts.usage import UsageKind
from runtime.clock import Clock
from spending import LOCAL, Call, Hold, Model, Quantity, Spending

log = logging.getLogger(__name__)

HOLD_TIMEOUT_S: Final = 1.0
MINUTE_S: Final = 60.0
FREE_LASTS: Final = timedelta(minutes=10)
"""So long a use that costs nothing waits for Redis; then it is missing in the estimate."""
MAX_BOOKINGS: Final = 1_000
BOOK_TIMEOUT_S: Final = 10.0
CLOSE_TIMEOUT_S: Final = 5.0


class BudgetRefusedError(Exception):
    """Nothing could be held, so nothing may be spent: the budget is used up, or Redis is away."""


class UsageRecorder:
    """Holds before a paid call and books what was used; a context manager.

    Bookings are made one after the other in the background: whoever speaks or listens never waits
    for Redis. What a killed process did not book, the sweep charges at its upper bound.
    """

    def __init__(self, spending: Spending, cause: Envelope[Any], clock: Clock) -> None:
        """Bind.

        Args:
            spending: of this process.
            cause: the meeting; its tenant pays.
            clock: of this process.
        """
        self._spending, self._cause, self.clock = spending, cause, clock
        self._bookings: asyncio.Queue[Callable[[], Awaitable[object]]] = asyncio.Queue(MAX_BOOKINGS)
        self._tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._running = [
            self._tasks.create_task(self._book()),
            self._tasks.create_task(self._spending.run()),
        ]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Book what waits, for a moment; what Redis does not take then is left to the sweep."""
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._bookings.join()
        except TimeoutError:
            log.warning("usage.closed_early", extra={"bookings": self._bookings.qsize()})
        for task in self._running:
            task.cancel()
        await self._tasks.__aexit__(kind, error, trace)

    @property
    def waiting(self) -> int:
        """Bookings not begun."""
        return self._bookings.qsize()

    async def hold(self, kind: UsageKind, model: Model, at_most: Quantity, *, part: str) -> Hold:
        """Set aside the upper bound of one call.

        Raises:
            BudgetRefusedError: see there.
        """
        try:
            async with (
                asyncio.timeout(HOLD_TIMEOUT_S),
                self._spending.call(Call(self._cause, part, kind, model, at_most)) as held,
            ):
                return held
        except (RejectedError, UnavailableError, TimeoutError) as error:
            code = error.code if isinstance(error, RejectedError | UnavailableError) else "timeout"
            log.warning("usage.not_held", extra={"kind": kind, "code": code})
            raise BudgetRefusedError(code) from error

    def settle(self, held: Hold, used: Quantity) -> None:
        """Book what a call used."""
        self._wait(lambda: held.settle(used))

    def free(self, kind: UsageKind, model: str, used: Quantity, *, part: str) -> None:
        """Book what a model of our own did."""
        call = Call(self._cause, part, kind, Model(LOCAL, model), used, lifetime=FREE_LASTS)
        self._wait(lambda: self._spending.free(call, used))

    def _wait(self, booking: Callable[[], Awaitable[object]]) -> None:
        try:
            self._bookings.put_nowait(booking)
        except asyncio.QueueFull:
            log.error("usage.full")  # noqa: TRY400 - says it all

    async def _book(self) -> None:
        while True:
            booking = await self._bookings.get()
            try:
                async with asyncio.timeout(BOOK_TIMEOUT_S):
                    await booking()
            except TimeoutError:
                log.warning("usage.booking_took_too_long")
            finally:
                self._bookings.task_done()


class StreamingUsageMeter:
    """Seconds for which one socket to a provider is open, held and booked minute by minute.

    Providers bill the socket, not the sound that goes through it.
    """

    def __init__(self, usage: UsageRecorder, model: Model, *, part: str) -> None:
        """Bind; nothing is held yet.

        Args:
            usage: where it is booked.
            model: by the second.
            part: names this socket among those of its meeting.
        """
        self._usage, self._model, self._part = usage, model, part
        self._held: Hold | None = None
        self._minute = 0
        self._since_s = 0.0

    async def open(self) -> None:
        """Hold the first minute.

        Raises:
            BudgetRefusedError: do not open it.
        """
        self._held = await self._hold()
        self._since_s = self._usage.clock.monotonic()

    async def tick(self) -> None:
        """Once the minute is over, book it and hold the next; harmless before that.

        Raises:
            BudgetRefusedError: close it.
        """
        if self._held is None or self._seconds() < MINUTE_S:
            return
        over, self._held = self._held, None
        self._usage.settle(over, Quantity.seconds(MINUTE_S))
        self._minute += 1
        self._since_s += MINUTE_S
        self._held = await self._hold()

    def close(self) -> None:
        """Book what is left; harmless twice."""
        if self._held is not None:
            used = round(min(self._seconds(), MINUTE_S), 3)
            self._usage.settle(self._held, Quantity(Decimal(str(used)), "second"))
            self._held = None

    def _seconds(self) -> float:
        return self._usage.clock.monotonic() - self._since_s

    async def _hold(self) -> Hold:
        part = f"{self._part}/{self._minute}"
        return await self._usage.hold("stt", self._model, Quantity.seconds(MINUTE_S), part=part)
