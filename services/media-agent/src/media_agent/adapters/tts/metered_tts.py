"""A provider of text-to-speech, and what it costs."""

from collections.abc import Callable, Iterator

from livekit import rtc
from livekit.agents import APIError, APITimeoutError

from media_agent.adapters.tts.provider import PluginStream, PushFrame, TtsProvider
from spending import LOCAL, Model, Quantity, UsageRecorder


class MeteredTts:
    """A provider that is called only while its use can be paid for, and whose use is recorded."""

    def __init__(
        self,
        inner: TtsProvider,
        usage: UsageRecorder,
        now_ms: Callable[[], int],
        numbers: Iterator[int],
    ) -> None:
        """Bind.

        Args:
            inner: the provider.
            usage: of the meeting.
            now_ms: since the start of the session.
            numbers: of the meeting, all different: two sentences may begin at one moment.
        """
        self._inner, self._usage, self._now_ms, self._numbers = inner, usage, now_ms, numbers
        self._model = Model(inner.name, inner.model)

    @property
    def name(self) -> str:
        return self._inner.name

    async def synthesize(
        self, sentence: str, push: PushFrame, close_later: Callable[[PluginStream], None]
    ) -> None:
        """As `TtsProvider.synthesize`.

        Raises:
            ServiceError: it cannot be paid for.
            Exception: as there.
        """
        length = Quantity.characters(len(sentence))
        part = f"{self.name}/{self._now_ms()}/{next(self._numbers)}"
        if self._model.provider == LOCAL:
            await self._inner.synthesize(sentence, push, close_later)
            self._usage.free("tts", self._model.name, length, part=part)
            return
        held, used = await self._usage.hold("tts", self._model, length, part=part), length
        has_sound = False

        def push_noted(frame: rtc.AudioFrame) -> None:
            nonlocal has_sound
            has_sound = True
            push(frame)

        try:
            await self._inner.synthesize(sentence, push_noted, close_later)
        except APITimeoutError:
            raise  # it may have taken the text
        except APIError:
            if not has_sound:
                used = Quantity.characters(0)  # it said no, and takes nothing for that
            raise
        finally:
            self._usage.settle(held, used)
