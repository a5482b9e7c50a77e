"""What counts as right, wrong and abstained."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.eval.harness.judging import (
    BEYOND_SHORT,
    Accepted,
    Holds,
    Said,
    Sentences,
    Spans,
    contains,
    judge,
    same,
    tokens,
)
from contracts.conversation import PassageSource
from contracts.ids import DocumentId


def said(text: str) -> Said:
    return Said(text, abstained=False)


NOTHING = Said("", abstained=True)


def test_an_accepted_answer_in_a_short_sentence_is_right() -> None:
    assert judge(said("The screen shows: Delivery 6.50."), Accepted(("6.50",))) == "right"


def test_an_accepted_answer_buried_in_many_words_is_wrong() -> None:
    long = "6.50 " + "word " * (BEYOND_SHORT + 1)
    assert judge(said(long), Accepted(("6.50",))) == "wrong"


@pytest.mark.parametrize("text", ["14.50", "6.505", "16.50", "650"])
def test_a_longer_number_does_not_hold_a_shorter_one(text: str) -> None:
    assert judge(said(text), Accepted(("6.50",))) == "wrong"


def test_thousands_case_accents_and_marks_make_no_difference() -> None:
    assert contains("It was 1,215 for CAFÉ “Brünn”!", "cafe brunn")
    assert contains("1,215", "1215")
    assert not contains("12,15", "1215")


def test_text_without_blanks_is_compared_by_its_letters() -> None:
    assert contains("保修期是十八个月。", "十八个月")
    assert not contains("保修期是十八个月。", "十六个月")


def test_nothing_is_held_by_no_text() -> None:
    assert not contains("anything", "")
    assert not contains("", "")


def test_abstaining_is_right_only_where_nothing_answers() -> None:
    assert judge(NOTHING, None) == "right"
    assert judge(NOTHING, Accepted(("yes",))) == "abstained"
    assert judge(said("yes"), None) == "wrong"


def test_every_group_must_be_there_and_nothing_forbidden() -> None:
    by = Holds((("26 May", "May 26"), ("Lindqvist",)), forbid=("12 May",))

    assert judge(said("Bo Lindqvist, on May 26"), by) == "right"
    assert judge(said("26 May"), by) == "wrong"
    assert judge(said("Lindqvist, 26 May, before that 12 May"), by) == "wrong"


def test_the_whole_screen_read_out_is_wrong() -> None:
    assert judge(said("26 May " + "row " * 100), Holds((("26 May",),))) == "wrong"


def test_a_quoted_part_of_an_accepted_sentence_is_right_and_a_word_of_it_is_not() -> None:
    by = Sentences(("The treaty was signed in the old mill by both sisters.",))

    assert judge(said("was signed in the old mill"), by) == "right"
    assert judge(said("mill"), by) == "wrong"


def test_a_source_that_overlaps_the_place_is_right() -> None:
    source = PassageSource(
        document_id=DocumentId(UUID(int=1)), document="a", page=None, start=10, end=20, quote="x"
    )
    answered = Said("x", abstained=False, sources=(source,))

    assert judge(answered, Spans((("a", 19, 30),))) == "right"
    assert judge(answered, Spans((("a", 20, 30),))) == "wrong"
    assert judge(answered, Spans((("b", 10, 20),))) == "wrong"


@given(st.text())
def test_a_text_holds_itself_unless_it_is_without_words(text: str) -> None:
    assert contains(text, text) == bool(tokens(text))


@given(st.text(), st.text())
def test_sameness_is_a_share_and_has_no_direction(one: str, other: str) -> None:
    assert 0 <= same(one, other) <= 1
    assert same(one, other) == same(other, one)
