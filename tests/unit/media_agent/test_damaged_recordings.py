"""Damaged containers: whatever comes is refused in a sentence, or played in order of time.

`damaged/` holds files that once broke this; what hypothesis finds anew belongs there, too.
"""

import resource
import sys
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.errors import RejectedError
from media_agent.adapters.video.recording_file import RecordingFile
from media_agent.domain.gate.frames import Picture
from media_agent.main.recordings import open_recording
from support.media.containers import Track, write_container
from support.media.screens import Page, draw_page

CORPUS = sorted((Path(__file__).parent / "damaged").iterdir())
FORMS = {
    # suffix -> FFmpeg's name, codec of the sound, its rate, sound tracks, has a picture
    "mp4": ("mp4", "aac", 24_000, 2, True),
    "mkv": ("matroska", "libopus", 48_000, 2, True),
    "ts": ("mpegts", "aac", 24_000, 1, True),
    "flv": ("flv", "aac", 44_100, 1, True),
    "avi": ("avi", "libmp3lame", 44_100, 1, True),
    "wav": ("wav", "pcm_s16le", 24_000, 1, False),
    "mp3": ("mp3", "libmp3lame", 24_000, 1, False),
    "flac": ("flac", "flac", 24_000, 1, False),
}
MAX_PIECES = 10_000
"""Of 1.5 s, in which there are about 20: a damaged time makes no endless silence."""
MAX_GROWTH_MB = 500

Damage = Callable[[bytes], bytes]


@cache
def whole(suffix: str) -> bytes:
    form, codec, rate_hz, track_count, has_picture = FORMS[suffix]
    sound = np.sin(2 * np.pi * 440 * np.arange(round(1.5 * rate_hz)) / rate_hz) * 0.3
    pictures = [(t, draw_page(Page(slide=t // 500), 160, 96)) for t in range(0, 1_500, 250)]
    made = BytesIO()
    tracks = [Track([(0, sound)], rate_hz, codec=codec)] * track_count
    write_container(made, tracks, pictures if has_picture else (), form=form)
    return made.getvalue()


def positions(draw: st.DrawFn, content: bytes, count: int) -> list[int]:
    # Half of them where the headers are.
    near = st.integers(0, min(1_000, len(content)) - 1)
    return draw(st.lists(near | st.integers(0, len(content) - 1), min_size=count, max_size=40))


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """A suffix, and a container that was whole once."""
    suffix = draw(st.sampled_from(sorted(FORMS)))
    content = whole(suffix)
    kind = draw(st.sampled_from(["cut", "flipped", "zeroed", "left out", "shuffled"]))
    if kind == "flipped":
        changed = bytearray(content)
        for at in positions(draw, content, 1):
            changed[at] ^= 1 << draw(st.integers(0, 7))
        return suffix, bytes(changed)
    if kind == "shuffled":
        size = draw(st.integers(16, 1_500))
        blocks = [content[at : at + size] for at in range(64, len(content), size)]
        draw(st.randoms(use_true_random=False)).shuffle(blocks)
        return suffix, content[:64] + b"".join(blocks)
    first, last = sorted(positions(draw, content, 2)[:2])
    rest = content[last:]
    kept = {"cut": b"", "zeroed": bytes(last - first) + rest, "left out": rest}[kind]
    return suffix, content[:first] + kept


def play(path: Path) -> None:
    try:
        opened = open_recording(path)
    except RejectedError as refused:
        said = refused.code, str(refused).partition(" ")[0]
    else:
        said = "not_a_recording", path.name
        with opened as recording:
            _play(recording)
    assert said == ("not_a_recording", path.name)


def _play(recording: RecordingFile) -> None:
    at_ms = 0
    for count, piece in enumerate(recording.pieces()):
        assert piece.t_ms >= at_ms
        at_ms = piece.t_ms
        assert count < MAX_PIECES
        if isinstance(piece, Picture):
            piece.frame()
    assert recording.truncated_at_ms is None or recording.truncated_at_ms >= 0
    assert all(note.sentence for note in recording.notes)


def memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
@pytest.mark.timeout(60)
def test_what_once_broke_it_does_so_no_more(path: Path) -> None:
    play(path)


@pytest.mark.timeout(180)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=damaged())
def test_a_damaged_recording_is_refused_or_played_in_order(
    made: tuple[str, bytes], tmp_path: Path
) -> None:
    _check(made, tmp_path)


@pytest.mark.storm
@pytest.mark.timeout(600)
@settings(max_examples=1_000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=damaged())
def test_thousands_of_damaged_recordings_are_refused_or_played_in_order(
    made: tuple[str, bytes], tmp_path: Path
) -> None:
    _check(made, tmp_path)


def _check(made: tuple[str, bytes], folder: Path) -> None:
    suffix, content = made
    path = folder / f"damaged.{suffix}"
    path.write_bytes(content)
    before_mb = memory_mb()
    play(path)
    assert memory_mb() - before_mb < MAX_GROWTH_MB
