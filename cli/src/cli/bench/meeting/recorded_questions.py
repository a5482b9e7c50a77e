"""What benchmarks ask aloud, cut out of the sample meeting."""

import json
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final, cast

import av
import numpy as np

from cli.bench.meeting.microphone import SPEAKING_HZ
from cli.bench.meeting.received import Samples

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
