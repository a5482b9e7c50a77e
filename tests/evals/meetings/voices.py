"""Speaks what is asked: hibari as it is, lower, higher, quicker and slower; and what is heard."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import av
import av.filter
import numpy as np
from numpy.typing import NDArray

from cli.eval.harness.stored import code_of, stored
from local_models.speech_to_text import Whisper
from local_models.text_to_speech import Hibari

RATE_HZ: Final = 48_000
PEAK: Final = 0.6
PITCH: Final = {"low": 0.84, "high": 1.16}
TEMPO: Final = {"quick": 1.22, "slow": 0.85}
VOICES: Final = ("plain", *PITCH, *TEMPO)
PAUSE_S: Final = 0.4
"""Before and after, as voice activity leaves it."""
Samples = NDArray[np.float32]


def speak(voice: str, text: str) -> Samples:
    """Mono at RATE_HZ, its loudest sample at PEAK.

    Raises:
        KeyError: no such voice.
    """
    pitch, tempo = PITCH.get(voice, 1.0), TEMPO.get(voice, 1.0)
    if voice not in VOICES:
        raise KeyError(voice)
    spoken = np.concatenate(list(_hibari().speak(text)))
    filters = [
        ("asetrate", str(round(Hibari.sample_rate_hz * pitch))),
        ("aresample", str(RATE_HZ)),
        ("atempo", str(tempo / pitch)),
    ]
    changed = _filtered(spoken, filters)
    return changed * np.float32(PEAK / np.abs(changed).max())


def heard(samples: Samples) -> str:
    """The words that speech recognition finds; kept by what was said."""
    code = code_of("local_models.speech_to_text", "local_models.whisper_model")
    return stored("heard", [code, samples.tobytes()], lambda: _heard(samples))


def _heard(samples: Samples) -> str:
    pause = np.zeros(int(PAUSE_S * RATE_HZ), np.float32)
    whole = np.concatenate([pause, samples, pause])
    ratio = RATE_HZ // Whisper.sample_rate_hz
    low = _filtered(whole, [("aresample", str(RATE_HZ // ratio))], rate_hz=RATE_HZ)
    return _whisper().transcribe(low).text.strip()


def _filtered(
    samples: Samples, filters: Sequence[tuple[str, str]], rate_hz: int = Hibari.sample_rate_hz
) -> Samples:
    graph = av.filter.Graph()
    nodes: list[Any] = [
        graph.add_abuffer(sample_rate=rate_hz, format="flt", layout="mono"),
        *(graph.add(name, options) for name, options in filters),
        graph.add("aformat", "sample_fmts=flt:channel_layouts=mono"),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*nodes).configure()
    frame = av.AudioFrame.from_ndarray(samples[np.newaxis, :], format="flt", layout="mono")
    frame.sample_rate = rate_hz
    graph.push(frame)
    graph.push(None)
    parts: list[Samples] = []
    while True:
        try:
            # Cast by use: a graph with an audio sink gives audio frames.
            pulled: Any = graph.pull()
        except (EOFError, BlockingIOError):  # PyAV's are both
            return np.concatenate(parts)
        parts.append(pulled.to_ndarray()[0])


@cache
def _hibari() -> Hibari:
    return Hibari()


@cache
def _whisper() -> Whisper:
    return Whisper(threads=1)
