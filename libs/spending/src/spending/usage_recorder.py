"""Usage of a long-lived caller: held before each call, stated after it, without any waiting."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Final, Self

from contracts.errors import ServiceError, UnavailableError
from contracts.fact import Envelope
from contracts.usage import UsageKind
from runtime.cancellation import cancel_and_wait
from runtime.clock import Clock
from runtime.telemetry import without_text
from spending.holds import Call, Hold, Spending
from spending.prices import LOCAL, Model, Quantity

log = logging.getLogger(__name__)

HOLD_TIMEOUT_S: Final = 1.0
MAX_BOOKINGS: Final = 1_000
BOOK_TIMEOUT_S: Final = 10.0
CLOSE_TIMEOUT_S: Final = 5.0


class UsageRecorder:
    """Holds before a paid call and books what was used; a context manager.

    Bookings are made one after the other in the background, so the caller never waits for Redis
    after a call. What a killed process did not book is charged by the sweep, at its upper bound.
    """

    def __init__(self, spending: Spending, cause: Envelope[Any], clock: Clock) -> None:
        """Bind.

        Args:
            spending: of this process.
            cause: the fact that all usage follows from, such as a meeting's start; its tenant pays.
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
        """Book what waits, for some seconds; what Redis does not take is left to the sweep."""
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._bookings.join()
        except TimeoutError:
            log.warning("usage_recorder.closed_early", extra={"bookings": self._bookings.qsize()})
        await cancel_and_wait(self._running)
        await self._tasks.__aexit__(kind, error, trace)

    @property
    def waiting(self) -> int:
        """Bookings not begun."""
        return self._bookings.qsize()

    async def hold(
        self, kind: UsageKind, model: Model, upper_bound: Quantity, *, part: str
    ) -> Hold:
        """Set aside the upper bound of one call.

        Raises:
            RejectedError: BudgetRefusedError or NoAccountError, or the model has no price.
            UnavailableError: Redis did not answer; nothing may be spent.
        """
        try:
            async with (
                asyncio.timeout(HOLD_TIMEOUT_S),
                self._spending.call(Call(self._cause, part, kind, model, upper_bound)) as held,
            ):
                return held
        except TimeoutError as error:
            log.warning("usage_recorder.not_held", extra={"kind": kind, "code": "timeout"})
            raise UnavailableError("Redis did not answer in time") from error
        except ServiceError as error:
            log.warning("usage_recorder.not_held", extra={"kind": kind, "code": error.code})
            raise

    def settle(self, held: Hold, used: Quantity) -> None:
        """Book what a call used."""
        held.ended()
        self._enqueue(lambda: held.settle(used))

    def free(self, kind: UsageKind, model: str, used: Quantity, *, part: str) -> None:
        """Book what a model of our own did."""
        call = Call(self._cause, part, kind, Model(LOCAL, model), used)
        self._enqueue(lambda: self._spending.free(call, used))

    def _enqueue(self, booking: Callable[[], Awaitable[object]]) -> None:
        try:
            self._bookings.put_nowait(booking)
        except asyncio.QueueFull:
            log.error("usage_recorder.full")  # noqa: TRY400 - says it all

    async def _book(self) -> None:
        while True:
            booking = await self._bookings.get()
            try:
                async with asyncio.timeout(BOOK_TIMEOUT_S):
                    await booking()
            except TimeoutError:
                log.warning("usage_recorder.booking_timed_out")
            except Exception as error:
                log.exception("usage_recorder.booking_broke", exc_info=without_text(error))
            finally:
                self._bookings.task_done()
