"""What is made of a model's passes; the real one is in tests/integration/local_models."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from local_models.speech_to_text import LEAD_SAMPLES, Segment, Transcript, Whisper

SECOND = np.arange(16_000, dtype=np.float32)


@dataclass(frozen=True)
class Made:
    """A segment as faster-whisper makes it; `seek` is where its 30 s begin, in 10 ms."""

    text: str
    compression_ratio: float = 0.9
    avg_logprob: float = -0.3
    start: float = 0.5
    end: float = 1.0
    seek: int = 0


LOOP = Made(" How long is it? Parley, how long is it? Parley, how long is it?", 17.0)


class FakeModel:
    """Gives out one prepared pass after the other, and keeps what each was given."""

    def __init__(self, *passes: Iterable[Made], languages: dict[str, float] | None = None) -> None:
        self._passes, self._languages = iter(passes), languages or {"en": 0.9, "de": 0.1}
        self.given: list[tuple[NDArray[np.float32], dict[str, Any]]] = []

    def transcribe(self, audio: NDArray[np.float32], **options: Any) -> tuple[Iterable[Any], Any]:
        prepared = next(self._passes, None)
        assert prepared is not None, "one pass more than prepared"
        self.given.append((audio, options))
        return prepared, SimpleNamespace(language=options["language"] or "de")

    def languages(self) -> dict[str, float]:
        return self._languages


def heard(
    model: FakeModel, *, seconds: int = 1, listen_for: str | None = "Parley", **options: Any
) -> Transcript:
    whisper = Whisper(load=lambda _: model)
    return whisper.transcribe(np.tile(SECOND, seconds), listen_for=listen_for, **options)


def test_one_pass_that_listens_for_the_name_is_the_ordinary_case() -> None:
    model = FakeModel([Made(" Parley, what is it?")])
    assert heard(model) == Transcript(
        "Parley, what is it?", (Segment(0, 500, "Parley, what is it?"),), "en"
    )
    ((samples, options),) = model.given
    assert "Parley" in options["hotwords"]
    assert len(samples) == len(SECOND) + LEAD_SAMPLES


def test_where_it_repeats_itself_the_same_samples_are_heard_without_the_name() -> None:
    model = FakeModel([LOOP], [Made(" How long are invoices kept?")])
    assert heard(model) == Transcript(
        "How long are invoices kept?", (Segment(500, 1000, "How long are invoices kept?"),), "en"
    )
    samples, options = model.given[1]
    assert "hotwords" not in options
    np.testing.assert_array_equal(samples, SECOND)


@pytest.mark.parametrize("second", [[LOOP], []], ids=["repeats itself again", "hears nothing"])
def test_what_is_no_speech_in_the_second_pass_either_stays_silent(second: list[Made]) -> None:
    assert heard(FakeModel([LOOP], second)) == Transcript("", (), "en")


def test_nothing_heard_while_it_listens_is_not_heard_again() -> None:
    assert heard(FakeModel([])).text == ""


def test_what_was_heard_before_it_repeated_itself_is_kept_with_the_name() -> None:
    first = [Made(" Parley, what is it?", end=8.0), Made(LOOP.text, 17.0, 8.5, 20.0, seek=850)]
    model = FakeModel(first, [Made(" And how long?", start=1.0, end=2.5)])
    found = heard(model, seconds=20)
    assert found.segments == (
        Segment(0, 7_500, "Parley, what is it?"),
        Segment(9_000, 10_500, "And how long?"),
    )
    assert found.text == "Parley, what is it? And how long?"
    assert len(model.given[1][0]) == 12 * len(SECOND)


def test_nothing_more_is_made_once_it_repeats_itself() -> None:
    def endless() -> Iterator[Made]:
        yield LOOP
        raise AssertionError("the rest of a loop was made")

    assert heard(FakeModel(endless(), endless())).text == ""


def test_both_passes_together_decode_no_more_than_one_could() -> None:
    model = FakeModel([LOOP], [LOOP])
    heard(model)
    longest = 448  # of Whisper, in faster-whisper's `max_length`
    assert sum(options["max_new_tokens"] for _, options in model.given) <= longest


def test_the_second_pass_does_not_guess_the_language_again() -> None:
    model = FakeModel([LOOP], [Made(" Wie lange?")])
    assert heard(model, language=None).language == "de"
    assert [options["language"] for _, options in model.given] == [None, "de"]


def test_where_no_name_is_listened_for_repeated_words_are_words() -> None:
    model = FakeModel([Made(" No, no, no, no, no, no, no, no.", 2.9)])
    assert heard(model, listen_for=None).text == "No, no, no, no, no, no, no, no."


ENGLISH, GERMAN, UNCLEAR = {"en": 0.9, "de": 0.1}, {"de": 0.8, "en": 0.1}, {"fi": 0.2, "en": 0.1}
GARBLED, SURE = -1.2, -0.4


def test_what_is_said_in_another_language_is_heard_in_that() -> None:
    passes = [Made("The all of us.", avg_logprob=GARBLED)], [Made("Wie lange?", avg_logprob=SURE)]
    model = FakeModel(*passes, languages=GERMAN)
    found = heard(model, seconds=3)
    assert (found.text, found.language, found.understood) == ("Wie lange?", "de", True)
    assert [options["language"] for _, options in model.given] == ["en", "de"]
    # The name is listened for by an English text.
    assert "hotwords" not in model.given[1][1]


@pytest.mark.parametrize(
    ("languages", "passes"),
    [
        (UNCLEAR, [[Made("Me, fear.", avg_logprob=GARBLED)]]),
        (
            GERMAN,
            [[Made("Me, fear.", avg_logprob=GARBLED)], [Made("Wi fiele", avg_logprob=GARBLED)]],
        ),
    ],
    ids=["no language is likely", "nor does it understand the likely one"],
)
def test_what_it_does_not_understand_it_says_so_and_invents_no_words(
    languages: dict[str, float], passes: list[list[Made]]
) -> None:
    found = heard(FakeModel(*passes, languages=languages), seconds=3)
    assert (found.text, found.segments, found.understood) == ("", (), False)


@pytest.mark.parametrize(
    ("languages", "seconds", "log_probability"),
    [(ENGLISH, 3, GARBLED), (UNCLEAR, 3, SURE), (GERMAN, 1, GARBLED)],
    ids=["it is English", "the words are sure", "too short to tell"],
)
def test_english_is_heard_once_and_kept(
    languages: dict[str, float], seconds: int, log_probability: float
) -> None:
    model = FakeModel([Made("Hello.", avg_logprob=log_probability)], languages=languages)
    found = heard(model, seconds=seconds)
    assert (found.text, found.language, len(model.given)) == ("Hello.", "en", 1)


def test_in_a_meeting_in_another_language_that_is_expected() -> None:
    model = FakeModel([Made("Wie lange?")], languages=GERMAN)
    assert heard(model, seconds=3, language="de").language == "de"
    assert len(model.given) == 1
