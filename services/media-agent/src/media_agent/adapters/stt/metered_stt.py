"""A provider of speech-to-text, and what it costs."""

from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Self

import numpy as np
from livekit import rtc
from livekit.agents import APIError, stt
from numpy.typing import NDArray

from media_agent.adapters.stt.audio import duration_s
from media_agent.adapters.stt.provider import SttProvider
from spending import LOCAL, Model, Quantity, StreamingUsageMeter, UsageRecorder


class MeteredStt:
    """A provider that is called only while its use can be paid for, and whose use is recorded."""

    def __init__(self, inner: SttProvider, usage: UsageRecorder, now_ms: Callable[[], int]) -> None:
        """Bind.

        Args:
            inner: the provider.
            usage: of the meeting.
            now_ms: since the start of the session; tells one use of a person from the next.
        """
        self._inner, self._usage, self._now_ms = inner, usage, now_ms
        self._model = Model(inner.name, inner.model)

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def streams(self) -> bool:
        return self._inner.streams

    async def open_stream(self, person: str) -> "MeteredSttStream":
        """For one person, by their identity in the room.

        Raises:
            ServiceError: it cannot be paid for.
        """
        meter = StreamingUsageMeter(self._usage, self._model, part=self._part(person))
        await meter.open()
        return MeteredSttStream(self._inner.open_stream(), meter)

    async def recognize(self, person: str, samples: NDArray[np.int16]) -> str:
        """Text of one utterance; "" when there are no words.

        Raises:
            ServiceError: it cannot be paid for.
            Exception: what the plugin raises.
        """
        part, length = self._part(person), Quantity.seconds(round(duration_s(samples), 3))
        if self._model.provider == LOCAL:
            text = await self._inner.recognize(samples)
            self._usage.free("stt", self._model.name, length, part=part)
            return text
        held, used = await self._usage.hold("stt", self._model, length, part=part), length
        try:
            return await self._inner.recognize(samples)
        except APIError:
            used = Quantity.seconds(0)  # it said no, and takes nothing for that
            raise
        finally:
            self._usage.settle(held, used)

    def _part(self, person: str) -> str:
        return f"{person}/{self.name}/{self._now_ms()}"


class MeteredSttStream:
    """An open stream, which is paid for as long as it is entered."""

    def __init__(self, inner: stt.RecognizeStream, meter: StreamingUsageMeter) -> None:
        self._inner, self._meter = inner, meter

    async def __aenter__(self) -> Self:
        await self._inner.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self._inner.__aexit__(kind, error, trace)
        finally:
            self._meter.close()

    def __aiter__(self) -> AsyncIterator[stt.SpeechEvent]:
        return aiter(self._inner)

    def push_frame(self, frame: rtc.AudioFrame) -> None:
        self._inner.push_frame(frame)

    def flush(self) -> None:
        self._inner.flush()

    async def renew(self) -> None:
        """To be called several times a minute: pays for the next minute when one is over.

        Raises:
            ServiceError: it cannot be paid for any longer; close it.
        """
        await self._meter.tick()
