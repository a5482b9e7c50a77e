from answering.english.question import read_question
from answering.extractive.answer_selection import (
    answering_passage,
    answering_screen,
    error_shown,
    screen_wins,
    support_of,
)

from answering.evidence import Frame
from support.router.ranked import a_ranking
from support.router.turns import a_passage, described

PLANS = a_passage("The Team plan costs $49 a month. The Business plan costs $99 a month.")
FAULTS = a_passage("E-4012: enter the country prefix. E-4020: sign in again.", document="faults.md")
OLD = Frame.of(described(1_000, "Team plan $49"))
ERROR = Frame.of(described(2_000, "Payment page", "Error E-4012: number not valid"))
NEW = Frame.of(described(3_000, "Team plan $59"))


def test_the_sentence_that_holds_the_value_of_the_subject_answers() -> None:
    best = answering_passage(a_ranking("what does the team plan cost", PLANS))
    assert best
    assert best.unit.spoken == "The Team plan costs $49 a month."


def test_a_value_of_something_that_no_document_names_is_not_answered() -> None:
    assert answering_passage(a_ranking("what does the Enterprise plan cost", PLANS)) is None
    assert answering_passage(a_ranking("And what does the Enterprise plan cost", PLANS)) is None


def test_a_code_that_the_question_names_decides() -> None:
    best = answering_passage(a_ranking("what is e-4020", PLANS, FAULTS))
    assert best
    assert "E-4020" in best.unit.spoken


def test_what_is_about_something_else_does_not_answer() -> None:
    assert answering_passage(a_ranking("who is the mayor of rotterdam", PLANS)) is None


def test_the_error_of_the_newest_frame_is_shown() -> None:
    shown = error_shown(a_ranking("what does the error say", frames=(OLD, ERROR)).screen)
    assert shown
    assert "E-4012" in shown.unit.spoken
    assert error_shown(a_ranking("what does the error say", frames=(OLD, NEW)).screen) is None


def test_the_screen_answers_with_the_line_that_names_the_subject() -> None:
    found = answering_screen(a_ranking("what is the price of the team plan now", frames=(OLD, NEW)))
    assert found
    assert "$59" in found.unit.spoken


def test_what_was_shown_before_is_not_what_is_shown_now() -> None:
    text = "what was the price of the team plan before"
    found = answering_screen(a_ranking(text, frames=(OLD, NEW)))
    assert found
    assert "$49" in found.unit.spoken


def test_without_a_screen_nothing_on_it_answers() -> None:
    assert answering_screen(a_ranking("what is on the screen", PLANS)) is None


def test_a_value_that_changed_is_the_screens_and_one_that_did_not_is_the_documents() -> None:
    ranked = a_ranking("what does the team plan cost", PLANS, frames=(NEW,))
    passage, shown = answering_passage(ranked), answering_screen(ranked)
    assert passage
    assert shown
    assert screen_wins(ranked.question, shown, passage)
    same = a_ranking("what does the team plan cost", PLANS, frames=(OLD,))
    passage, shown = answering_passage(same), answering_screen(same)
    assert passage
    assert shown
    assert not screen_wins(same.question, shown, passage)
    assert screen_wins(read_question("what does the team plan cost now"), shown, passage)


def test_support_is_between_nothing_and_certainty() -> None:
    for text in ("what does the team plan cost", "who is the mayor", "what is on the screen"):
        assert all(0 <= support_of(one) <= 1 for one in a_ranking(text, PLANS, FAULTS).passages)
