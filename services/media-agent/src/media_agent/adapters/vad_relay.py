"""When somebody speaks, noticed once: by their ear, which tells the session that it hears for."""

from concurrent.futures import Executor, Future
from typing import Any, Final

from livekit import rtc
from livekit.agents import inference, vad

PAUSE_S: Final = 0.35
"""Silence that ends an utterance. Each is a run of Whisper, which costs the same however short it
is, so one does not want to cut at every breath; longer, and the answer waits."""
WINDOW_S: Final = 0.032
"""Of sound that Silero hears at once."""


def silero() -> vad.VAD:
    """Tells speech from silence."""
    return inference.VAD(min_silence_duration=PAUSE_S, executor=_AtOnce())


class _AtOnce(Executor):
    """A window takes Silero 0.15 ms: less than the way to a thread and back."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 -- whoever waits for it is told
            future.set_exception(error)
        return future


class ToldActivity(vad.VAD):
    """Beginnings and ends of speech, as somebody else notices them."""

    def __init__(self) -> None:
        super().__init__(capabilities=vad.VADCapabilities(update_interval=WINDOW_S))
        self.listeners: set[_Told] = set()

    def stream(self) -> vad.VADStream:
        return _Told(self)

    def tell(self, event: vad.VADEvent) -> None:
        """To all that listen now."""
        for listener in self.listeners:
            listener.tell(event)


class _Told(vad.VADStream):
    def __init__(self, activity: ToldActivity) -> None:
        super().__init__(activity)
        self._listeners = activity.listeners
        self._listeners.add(self)

    def push_frame(self, frame: rtc.AudioFrame) -> None:
        """Sound is not needed here."""

    def tell(self, event: vad.VADEvent) -> None:
        self._event_ch.send_nowait(event)

    async def _main_task(self) -> None:
        try:
            async for _ in self._input_ch:  # nothing but its end
                continue
        finally:
            self._listeners.discard(self)
