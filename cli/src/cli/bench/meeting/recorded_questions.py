"""What `parley bench voice` asks, cut out of the sample meeting, and the models by themselves."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final, cast

import av
import numpy as np

from cli.bench.meeting.participant import SPEAKING_HZ, Samples
from contracts.rooms import SPOKEN_NAME
from local_models.speech_to_text import Whisper
from local_models.text_to_speech import Hibari

EDGE_MS: Final = 60
"""Kept before and after a question, so that no sound of it is cut off."""
ASKED: Final = ("refund", "deleted", "price", "token", "chief")
"""Of the sample meeting's questions those that nothing on its screen belongs to."""


@dataclass(frozen=True)
class Question:
    """One of the sample meeting's, as it was recorded."""

    text: str
    samples: Samples


def recorded_questions() -> list[Question]:
    """Cut out of the sample meeting's sound."""
    with as_file(files("cli") / "sample") as sample:
        script: Any = json.loads((sample / "questions.json").read_text())
        sound = _sound_of(sample / "meeting.mp4")
    per_ms = SPEAKING_HZ // 1000
    found: list[Question] = []
    for one in script["questions"]:
        if one["id"] in ASKED:
            start, end = one["start_ms"] - EDGE_MS, one["end_ms"] + EDGE_MS
            found.append(Question(one["text"], sound[start * per_ms : end * per_ms]))
    return found


def _sound_of(recording: Path) -> Samples:
    """All of it, mono, at SPEAKING_HZ."""
    pieces: list[Samples] = []
    with cast(Any, av.open(str(recording))) as container:  # its annotations are partial
        resampler = av.AudioResampler("s16", "mono", SPEAKING_HZ)
        for frame in container.decode(audio=0):
            pieces += [part.to_ndarray()[0] for part in resampler.resample(frame)]
    return np.concatenate(pieces)


class Models:
    """The local models as the cluster has them, asked beside it."""

    def __init__(self) -> None:
        self._ear, self._voice = Whisper(), Hibari()

    def ear_ms(self, question: Question) -> float:
        """Milliseconds to transcribe it."""
        count = len(question.samples) * Whisper.sample_rate_hz // SPEAKING_HZ
        at = np.arange(count) * SPEAKING_HZ / Whisper.sample_rate_hz
        heard = np.interp(at, np.arange(len(question.samples)), question.samples / 32768)
        began = time.perf_counter()
        self._ear.transcribe(heard.astype(np.float32), listen_for=SPOKEN_NAME)
        return (time.perf_counter() - began) * 1000

    def voice_ms(self, answer: str) -> float:
        """Milliseconds to the sound of its first sentence."""
        began = time.perf_counter()
        next(iter(self._voice.speak(answer)), None)
        return (time.perf_counter() - began) * 1000
