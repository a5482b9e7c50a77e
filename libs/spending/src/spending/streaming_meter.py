"""What is billed by the time it is open."""

from decimal import Decimal
from typing import Final

from spending.holds import Hold
from spending.prices import Model, Quantity
from spending.usage_recorder import UsageRecorder

MINUTE_S: Final = 60.0


class StreamingUsageMeter:
    """Seconds for which one stream to a provider is open, held and booked minute by minute.

    Providers of speech-to-text bill the open stream, not the sound that goes through it.
    """

    def __init__(self, usage: UsageRecorder, model: Model, *, part: str) -> None:
        """Bind; nothing is held yet.

        Args:
            usage: where it is booked.
            model: by the second.
            part: tells this stream from others of the same cause.
        """
        self._usage, self._model, self._part = usage, model, part
        self._held: Hold | None = None
        self._minute = 0
        self._minute_began_s = 0.0

    async def open(self) -> None:
        """Hold the first minute.

        Raises:
            ServiceError: as `UsageRecorder.hold`; do not open the stream.
        """
        self._held = await self._hold()
        self._minute_began_s = self._usage.clock.monotonic()

    async def tick(self) -> None:
        """When the minute is over, book it and hold the next; harmless before that.

        Raises:
            ServiceError: as `UsageRecorder.hold`; close the stream.
        """
        if self._held is None or self._seconds() < MINUTE_S:
            return
        ended, self._held = self._held, None
        self._usage.settle(ended, Quantity.seconds(MINUTE_S))
        self._minute += 1
        self._minute_began_s += MINUTE_S
        self._held = await self._hold()

    def close(self) -> None:
        """Book what is left; harmless twice."""
        if self._held is not None:
            used = round(min(self._seconds(), MINUTE_S), 3)
            self._usage.settle(self._held, Quantity(Decimal(str(used)), "second"))
            self._held = None

    def _seconds(self) -> float:
        return self._usage.clock.monotonic() - self._minute_began_s

    async def _hold(self) -> Hold:
        part = f"{self._part}/{self._minute}"
        return await self._usage.hold("stt", self._model, Quantity.seconds(MINUTE_S), part=part)
