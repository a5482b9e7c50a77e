"""Is the committed meeting good? Every line is heard right, every labelled change can be read."""

# ruff: noqa: T201  # a script for people at a terminal

import json
import re
import sys
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any, Final, cast

import av
import numpy as np
from make import OUTPUT
from numpy.typing import NDArray
from rapidocr import RapidOCR

from local_models.speech_to_text import SAMPLE_RATE_HZ, Whisper

MEETING: Final = OUTPUT / "meeting.mp4"
# Of the words said, in order, as heard. One small word in ten may be lost.
ENOUGH_WORDS: Final = 0.9
# A change must be readable this long after it is labelled.
READ_AFTER_MS: Final = 300
MARGIN_MS: Final = 300
MAX_BYTES: Final = 6_000_000


def hear() -> NDArray[np.float32]:
    """The sound, mono at SAMPLE_RATE_HZ."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE_HZ)
    with av.open(str(MEETING)) as container:
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.float32)


def see(times_ms: Sequence[int]) -> dict[int, NDArray[np.uint8]]:
    """The picture that is shown at each time, height x width x 3, blue green red."""
    wanted = sorted(times_ms)
    seen: dict[int, NDArray[np.uint8]] = {}
    with av.open(str(MEETING)) as container:
        for frame in container.decode(video=0):
            while wanted and frame.time * 1_000 >= wanted[0]:
                seen[wanted.pop(0)] = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
    return seen


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def check_lines(lines: Sequence[dict[str, Any]]) -> list[str]:
    whisper, sound, wrong = Whisper(), hear(), list[str]()
    for line in lines:
        start, end = (
            max(ms, 0) * SAMPLE_RATE_HZ // 1_000
            for ms in (line["start_ms"] - MARGIN_MS, line["end_ms"] + MARGIN_MS)
        )
        heard = whisper.transcribe(sound[start:end]).text
        match = SequenceMatcher(None, _words(line["text"]), _words(heard), autojunk=False)
        share = sum(block.size for block in match.get_matching_blocks()) / len(_words(line["text"]))
        print(f"{line['start_ms'] / 1000:5.1f} s  {share:4.0%}  {heard}")
        if share < ENOUGH_WORDS:
            wrong.append(f"{line['text']!r} is heard as {heard!r}")
    return wrong


def check_changes(changes: Sequence[dict[str, Any]]) -> list[str]:
    ocr, wrong = RapidOCR(), list[str]()
    pictures = see([change["t_ms"] + READ_AFTER_MS for change in changes])
    for change in changes:
        # Cast: rapidocr is not typed.
        result = cast(Any, ocr(pictures[change["t_ms"] + READ_AFTER_MS], use_cls=False))
        read = "".join(" ".join(result.txts or ()).split())
        missing = [text for text in change["text"] if "".join(text.split()) not in read]
        print(
            f"{change['t_ms'] / 1000:5.1f} s  {change['id']}: {'not read' if missing else 'read'}"
        )
        if missing:
            wrong.append(f"{change['id']}: {missing} not found in: {' | '.join(result.txts or ())}")
    return wrong


def main() -> None:
    questions = json.loads((OUTPUT / "questions.json").read_text())
    changes = json.loads((OUTPUT / "changes.json").read_text())
    wrong = check_lines(questions["lines"]) + check_changes(changes["changes"])
    if MEETING.stat().st_size > MAX_BYTES:
        wrong.append(f"{MEETING.name} has {MEETING.stat().st_size} bytes")
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    main()
