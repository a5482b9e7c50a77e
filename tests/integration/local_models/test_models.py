"""The real models, each loaded once and offline: what they promise, in as few runs as possible."""

from collections.abc import Iterable
from functools import cache
from statistics import mean

import cv2
import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from local_models.embedding import MiniLm
from local_models.screen_text import ScreenText
from local_models.speech_to_text import Whisper
from local_models.text_to_speech import Hibari
from local_models.turn_detection import SmartTurn
from local_models.voice_activity import SileroVad
from support.media.called import OTHERS, QUESTIONS, said, utterances
from support.media.sounds import plain
from support.no_network import NetworkTouchedError, forbid_network

QUESTION = "How many days do customers have to return a product?"

Floats = NDArray[np.float32]


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models are loaded and used inside the tests: none may touch the network."""
    forbid_network(monkeypatch)


@pytest.fixture(scope="module")
def spoken() -> Floats:
    """The question as the offline voice says it."""
    return said(QUESTION)


@cache
def whisper() -> Whisper:
    """Loaded by the first test that asks for it, and so under the guard."""
    return Whisper()


def test_the_guard_itself_works() -> None:
    with pytest.raises(NetworkTouchedError):
        httpx.get("http://localhost/")


def test_a_paraphrase_is_nearer_than_another_subject() -> None:
    model = MiniLm()
    texts = [
        "How much is the Team plan?",
        "The Team plan costs $49 per month.",
        "Cats sleep most of the day.",
        "",
        "x " * 600,
    ]
    vectors = model.embed(texts)
    assert vectors.shape == (5, model.dimensions)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > 0.7
    assert vectors[0] @ vectors[2] < 0.3
    alone = np.concatenate([model.embed([text]) for text in texts])
    np.testing.assert_allclose(vectors, alone, atol=1e-5)
    assert model.embed([]).shape == (0, model.dimensions)


def test_tokens_are_counted_beyond_what_is_embedded() -> None:
    model = MiniLm()
    assert model.tokens(["", "hello world", "x " * 600]) == [2, 4, 602]
    assert model.token_starts(["hello, world", ""]) == [[0, 5, 7], []]
    assert model.token_vectors("hello world").shape == (2, model.dimensions)
    assert model.token_vectors("x " * 600).shape == (model.max_tokens - 2, model.dimensions)


def test_whisper_hears_what_hibari_says(spoken: Floats) -> None:
    silence = np.zeros(16_000, np.float32)
    heard = whisper().transcribe(np.concatenate((silence, spoken)))
    assert heard.text == QUESTION
    assert heard.language == "en"
    assert heard.segments[0].start_ms < heard.segments[-1].end_ms
    assert heard.segments[-1].end_ms <= (len(spoken) / 16 + 1_000) * 1.1
    assert whisper().transcribe(silence).text == ""
    assert whisper().transcribe(silence[:0]).segments == ()


@pytest.mark.timeout(300)
def test_english_is_understood_and_what_is_no_language_does_not_always_become_english() -> None:
    sounds = [one.samples for one in utterances(OTHERS)][::8]
    forward = [whisper().transcribe(samples, listen_for="Parley") for samples in sounds]
    assert all(one.understood and one.language == "en" and one.text for one in forward)
    # Nobody's language, with the voice, the pace and the pauses of one: 16 of 28 became English
    # on an Intel Xeon.
    backward = [whisper().transcribe(samples[::-1], listen_for="Parley") for samples in sounds]
    invented = [one.text for one in backward if one.understood and one.language == "en"]
    assert len(invented) <= 0.8 * len(sounds), invented
    assert all(one.text == "" for one in backward if not one.understood)


@pytest.mark.timeout(300)
def test_a_name_that_is_listened_for_is_heard_wherever_it_begins() -> None:
    """Shares, and none lost: which sound Whisper mishears depends on the processor."""
    heard = [
        (one.text, whisper().transcribe(one.samples, listen_for="Parley").text)
        for one in utterances(QUESTIONS, (0, 240), ("clean", "faster"))
    ]
    assert [text for text, words in heard if not words] == []
    assert share("Parley" in words for _, words in heard) > 0.8, heard
    assert share(mostly(text, words) for text, words in heard) > 0.8, heard


@pytest.mark.timeout(300)
def test_a_name_that_is_listened_for_is_not_made_of_other_words() -> None:
    heard = [
        whisper().transcribe(one.samples, listen_for="Parley").text
        for one in utterances(OTHERS[::2], ways=("clean",))
    ]
    assert "" not in heard
    assert share("Parley" in words for words in heard) < 0.25, heard


def share(holds: Iterable[bool]) -> float:
    return mean(map(float, holds))


def mostly(said_text: str, heard_text: str) -> bool:
    """Are two thirds of the words there?"""
    words = set(plain(said_text).split())
    return 3 * len(words & set(plain(heard_text).split())) >= 2 * len(words)


def test_while_a_name_is_listened_for_noise_is_not_made_a_speech() -> None:
    rng = np.random.default_rng(1)
    for level in (0.002, 0.02, 0.1):
        for seconds in (0.4, 1, 3):
            noise = rng.normal(0, level, int(16_000 * seconds)).astype(np.float32)
            assert len(whisper().transcribe(noise, listen_for="Parley").text) < 60


def test_speech_is_told_from_the_silence_around_it(spoken: Floats) -> None:
    silence = np.zeros(16_000, np.int16)
    speech = (spoken * 32_767).astype(np.int16)
    vad = SileroVad()
    before, during, after = (np.array(vad.feed(part)) for part in (silence, speech, silence))
    assert np.max(before) < 0.3
    assert np.mean(during > 0.5) > 0.7
    assert np.max(after[10:]) < 0.3


def test_hibari_speaks_one_array_a_sentence_the_same_every_time() -> None:
    hibari = Hibari()
    first, second = hibari.speak("It costs $49 per month. That is all!")
    assert first.dtype == np.float32
    assert len(first) > len(second) > hibari.sample_rate_hz // 4
    assert 0.05 < np.abs(first).max() <= 1
    np.testing.assert_array_equal(first, next(hibari.speak("It costs $49 per month.")))
    assert list(hibari.speak("  \n ")) == []


def price_list(team: str) -> NDArray[np.uint8]:
    """A table of three rows, RGB."""
    screen = np.full((360, 900, 3), 255, np.uint8)
    for row, cells in enumerate((("Plan", "Price"), ("Team", team), ("Enterprise", "$199"))):
        for column, text in enumerate(cells):
            at = (40 + 420 * column, 80 + 90 * row)
            cv2.putText(screen, text, at, cv2.FONT_HERSHEY_DUPLEX, 1.2, (20, 20, 60), 2)
    return screen


def test_a_row_of_a_table_is_read_as_a_row_in_colour_and_in_grey() -> None:
    screen = price_list("$49")
    reader = ScreenText()
    lines = reader.read(screen)
    assert [line.text for line in lines] == ["Plan  Price", "Team  $49", "Enterprise  $199"]
    price = lines[1].cells[1].box
    assert 440 < price.x < 480 < price.right < 620
    assert 120 < price.y < 170 < price.bottom < 200
    assert [line.text for line in reader.read(screen[:, :, 0].copy())] == [
        line.text for line in lines
    ]
    assert reader.read(np.full((200, 300, 3), 128, np.uint8)) == []


def test_a_changed_digit_is_read_though_the_rest_is_remembered() -> None:
    reader = ScreenText()
    before = reader.read(price_list("$49"))
    assert reader.read(price_list("$49")) == before
    after = reader.read(price_list("$59"))
    assert [line.text for line in after] == ["Plan  Price", "Team  $59", "Enterprise  $199"]
    assert after == ScreenText().read(price_list("$59"))


PAUSED = (
    ("Which cable do I need", "to connect the camera?"),
    ("Could you tell me which plan", "includes the shared calendar?"),
    ("Where can I change the address", "that is printed on the invoice?"),
    ("What happens with our data when", "we cancel the subscription?"),
    ("I wanted to ask whether", "the support line is open on holidays."),
    ("When I click on save", "the window closes and nothing is stored."),
)


def int16(samples: Floats) -> NDArray[np.int16]:
    return (samples * 32_767).astype(np.int16)


def test_a_pause_inside_a_sentence_is_told_from_its_end() -> None:
    """A share over all: one pause is nobody's promise."""
    model, ended, paused = SmartTurn(), list[float](), list[float]()
    for begin, rest in PAUSED:
        whole = int16(said(f"{begin} {rest}"))
        quiet = np.zeros(3_200, np.int16)
        ended.append(model.probability(np.concatenate([whole, quiet])))
        at = len(whole) * len(begin) // (len(begin) + len(rest))
        paused.append(model.probability(np.concatenate([whole[:at], quiet])))
    assert sum(one >= 0.5 for one in ended) >= 5
    assert sum(one < 0.5 for one in paused) >= 4
    assert mean(ended) > mean(paused) + 0.3
