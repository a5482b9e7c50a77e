"""Voice activity that a test can write: what is loud is speech."""

from typing import Final

import numpy as np
from livekit import rtc
from livekit.agents import vad
from numpy.typing import NDArray

RATE_HZ: Final = 16_000
WINDOW: Final = 512
PREFIX_WINDOWS: Final = 8
START_WINDOWS: Final = 3
END_WINDOWS: Final = 10


def loud(seconds: float) -> NDArray[np.int16]:
    """Speech."""
    return np.full(round(seconds * RATE_HZ), 8_000, np.int16)


def quiet(seconds: float) -> NDArray[np.int16]:
    """A pause."""
    return np.zeros(round(seconds * RATE_HZ), np.int16)


def frames(*sounds: NDArray[np.int16]) -> list[rtc.AudioFrame]:
    """20 ms each, as they come from a room."""
    samples, step = np.concatenate(sounds), RATE_HZ // 50
    return [
        rtc.AudioFrame(samples[at : at + step].tobytes(), RATE_HZ, 1, len(samples[at : at + step]))
        for at in range(0, len(samples), step)
    ]


class LoudnessVad(vad.VAD):
    """Events as the framework's own VAD sends them: same kinds, same frames, same order."""

    def __init__(self) -> None:
        super().__init__(capabilities=vad.VADCapabilities(update_interval=WINDOW / RATE_HZ))

    def stream(self) -> vad.VADStream:
        return _Stream(self)


class _Stream(vad.VADStream):
    async def _main_task(self) -> None:
        waiting, before = np.empty(0, np.int16), list[NDArray[np.int16]]()
        speaking, run, at = False, 0, 0
        async for item in self._input_ch:
            if not isinstance(item, rtc.AudioFrame):
                continue
            waiting = np.concatenate((waiting, np.frombuffer(item.data, np.int16)))
            while len(waiting) >= WINDOW:
                window, waiting = waiting[:WINDOW], waiting[WINDOW:]
                before, at = [*before, window], at + WINDOW
                is_loud = bool(np.abs(window).max() > 1_000)
                run = run + 1 if is_loud != speaking else 0
                self._tell(vad.VADEventType.INFERENCE_DONE, at, [window], float(is_loud))
                if not speaking and run >= START_WINDOWS:
                    speaking = True
                    self._tell(vad.VADEventType.START_OF_SPEECH, at, before, run * WINDOW / RATE_HZ)
                    run = 0
                elif speaking and run >= END_WINDOWS:
                    speaking = False
                    self._tell(vad.VADEventType.END_OF_SPEECH, at, before, 0.0)
                    run = 0
                if not speaking:
                    before = before[-PREFIX_WINDOWS:]

    def _tell(
        self, kind: vad.VADEventType, at: int, windows: list[NDArray[np.int16]], value: float
    ) -> None:
        """`value`: the probability, or for a begin how long it is speech already."""
        samples = np.concatenate(windows)
        self._event_ch.send_nowait(
            vad.VADEvent(
                type=kind,
                samples_index=at,
                timestamp=at / RATE_HZ,
                speech_duration=value,
                silence_duration=0.0,
                probability=value,
                frames=[rtc.AudioFrame(samples.tobytes(), RATE_HZ, 1, len(samples))],
            )
        )
