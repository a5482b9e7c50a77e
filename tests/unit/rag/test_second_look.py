from hypothesis import given
from hypothesis import strategies as st

from misheard.guessing import Guess
from rag.domain.ranking import Hit
from rag.domain.second_look import Reading, finds_clearly_more

FRIGHT = Guess(4, 10, "freight", 0.93)
HITS = st.lists(
    st.builds(Hit, st.integers(0, 5), st.floats(0, 1)),
    max_size=5,
    unique_by=lambda hit: hit.passage_id,
).map(lambda hits: sorted(hits, key=lambda hit: -hit.score))


def alike(likeness: float) -> Guess:
    return FRIGHT._replace(likeness=likeness)


def test_a_guess_that_stands_with_the_questions_other_words_is_taken() -> None:
    before, after = [Hit(1, 0.3), Hit(2, 0.2)], [Hit(1, 0.5), Hit(2, 0.2)]
    assert finds_clearly_more(alike(0.8), 3, before, after)


def test_a_guess_that_brings_less_than_the_questions_words_do_is_not() -> None:
    assert not finds_clearly_more(alike(0.8), 3, [Hit(1, 0.45)], [Hit(1, 0.5)])


def test_a_guess_in_a_passage_that_holds_little_of_the_question_is_not() -> None:
    assert not finds_clearly_more(alike(0.95), 6, [Hit(1, 0.1)], [Hit(1, 0.25)])


def test_a_guess_that_stands_alone_is_taken_only_when_it_is_as_good_as_the_same() -> None:
    assert not finds_clearly_more(alike(0.85), 2, [Hit(2, 0.1)], [Hit(1, 0.5)])
    assert finds_clearly_more(alike(0.95), 2, [Hit(2, 0.1)], [Hit(1, 0.5)])


def test_a_reading_says_what_it_took_in_the_order_of_the_question() -> None:
    reading = Reading("the fright in the wear house").with_guess(Guess(18, 28, "warehouse", 0.9))
    reading = reading.with_guess(FRIGHT)
    assert reading.text == "the freight in the warehouse"
    assert [(one.heard, one.taken) for one in reading.taken_as] == [
        ("fright", "freight"),
        ("wear house", "warehouse"),
    ]
    assert not reading.open_to(Guess(6, 20, "x", 1.0))


@given(HITS, st.integers(0, 9))
def test_what_finds_no_more_than_before_is_never_taken(hits: list[Hit], words: int) -> None:
    assert not any(hit.score > 0 for hit in hits) or not finds_clearly_more(
        FRIGHT, words, hits, hits
    )
    assert not finds_clearly_more(FRIGHT, words, hits, [])
