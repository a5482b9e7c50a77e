"""What may have been said where a text holds words that nobody knows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from misheard.guessing import guesses, overlap, replaced
from misheard.vocabulary import Vocabulary, likeness, spots, words_of

HARBOUR = Vocabulary(["freight", "warehouse", "Orion", "kilowatt", "zebra", "Tamsin"])
TEXTS = st.text(st.characters(codec="utf-8"), max_size=80)
WORDS = st.text("abcdefghijklmnopqrstuvwxyzäéß", min_size=3, max_size=12)


@pytest.mark.parametrize(
    ("text", "unknown", "taken"),
    [
        ("the fright charge", {"fright"}, "the freight charge"),
        ("which wear house", {"wear"}, "which warehouse"),
        ("how bright is Orian", {"orian"}, "how bright is Orion"),
        ("one kilo watt", {"kilo", "watt"}, "one kilowatt"),
        ("one kilo-watt", {"kilo", "watt"}, "one kilowatt"),
        ("a Zeebra crossing", {"zeebra"}, "a zebra crossing"),
        ("when does the tam's in close", {"tam's"}, "when does the Tamsin close"),
        ("the warehuose", {"warehuose"}, "the warehouse"),
    ],
)
def test_the_likeliest_guess_sounds_like_what_was_heard(
    text: str, unknown: set[str], taken: str
) -> None:
    assert replaced(text, guesses(text, unknown, HARBOUR)[:1]) == taken


def test_one_word_that_is_two_in_the_documents_is_taken_as_two() -> None:
    [guess] = guesses("the roofgarden", {"roofgarden"}, Vocabulary(["roof", "garden"]))
    assert guess.taken == "roof garden"


def test_what_sounds_like_nothing_is_not_guessed() -> None:
    assert guesses("a volcano in Iceland", {"volcano", "iceland"}, HARBOUR) == []


def test_what_is_written_without_the_letters_of_a_sound_is_left_alone() -> None:
    assert guesses("滤网多久清洗一次", {"滤网多久清洗一次"}, Vocabulary(["滤网", "filter"])) == []


@given(TEXTS, st.sets(WORDS, max_size=8))
def test_nothing_is_guessed_when_every_word_is_known(text: str, words: set[str]) -> None:
    assert guesses(text, frozenset(), Vocabulary(words)) == []


@given(TEXTS, st.sets(WORDS, max_size=8))
def test_any_text_is_guessed_the_same_way_twice_and_within_its_bounds(
    text: str, words: set[str]
) -> None:
    unknown = {spot.word for spot in spots(text)}
    found = guesses(text, unknown, Vocabulary(words))
    assert found == guesses(text, unknown, Vocabulary(sorted(words, reverse=True)))
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(part in words for one in found for part in one.taken.split())


@given(st.lists(WORDS, min_size=1, max_size=5), st.data())
def test_a_guess_changes_nothing_but_the_words_it_is_about(
    heard: list[str], data: st.DataObject
) -> None:
    text = " ".join(heard)
    found = guesses(text, set(heard), Vocabulary(["freight", "warehouse", *heard]))
    if found:
        guess = data.draw(st.sampled_from(found))
        after = replaced(text, [guess])
        assert after.startswith(text[: guess.start])
        assert after.endswith(text[guess.end :])
        assert overlap(guess, guess)


@given(WORDS, WORDS)
def test_likeness_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    assert 0 <= likeness(one, other) <= 1
    assert likeness(one, other) == likeness(other, one)
    assert likeness(one, one) == 1


@given(TEXTS)
def test_the_words_of_a_text_are_small_and_of_bounded_length(text: str) -> None:
    assert all(word == word.lower() or len(word) != 1 for word in words_of(text))
    assert all(3 <= len(word) <= 30 for word in words_of(text))
