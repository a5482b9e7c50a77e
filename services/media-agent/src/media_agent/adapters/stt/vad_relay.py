"""Voice activity, detected once: by a person's speech-to-text, which relays it to their session."""

from concurrent.futures import Executor, Future
from typing import Any, Final

from livekit import rtc
from livekit.agents import inference, vad

PAUSE_S: Final = 0.35
"""Silence that ends an utterance. Each is a run of Whisper, which costs the same however short it
is, so one does not want to cut at every breath; longer, and the answer waits."""
WINDOW_S: Final = 0.032
"""Of sound that Silero takes at once."""


def silero() -> vad.VAD:
    """Tells speech from silence."""
    return inference.VAD(min_silence_duration=PAUSE_S, executor=_InlineExecutor())


class _InlineExecutor(Executor):
    """A window takes Silero 0.15 ms: less than the way to a thread and back."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whoever waits for it is told
            future.set_exception(error)
        return future


class VadRelay(vad.VAD):
    """Beginnings and ends of speech, as somebody else detects them."""

    def __init__(self) -> None:
        super().__init__(capabilities=vad.VADCapabilities(update_interval=WINDOW_S))
        self.streams: set[_RelayStream] = set()

    def stream(self) -> vad.VADStream:
        return _RelayStream(self)

    def send(self, event: vad.VADEvent) -> None:
        """To all streams that are open now."""
        for stream in self.streams:
            stream.send(event)


class _RelayStream(vad.VADStream):
    def __init__(self, relay: VadRelay) -> None:
        super().__init__(relay)
        self._streams = relay.streams
        self._streams.add(self)

    def push_frame(self, frame: rtc.AudioFrame) -> None:
        """Sound is not needed here."""

    def send(self, event: vad.VADEvent) -> None:
        self._event_ch.send_nowait(event)

    async def _main_task(self) -> None:
        try:
            async for _ in self._input_ch:  # nothing but its end
                continue
        finally:
            self._streams.discard(self)
