from dataclasses import replace

from answering.english.question import read_question
from answering.extractive.passage_units import passage_units
from answering.extractive.scoring import coverage, lexical, score_all
from answering.extractive.screen_units import ScreenUnit, screen_units
from hypothesis import given
from hypothesis import strategies as st

from answering.evidence import Frame
from support.router.turns import a_passage, described

PRICE = read_question("what does the team plan cost")
texts = st.lists(st.text(alphabet="teamplncos $49", max_size=40), min_size=1, max_size=8)


@given(texts)
def test_shared_words_are_scaled_by_the_best_text(given_texts: list[str]) -> None:
    scores = lexical(PRICE, given_texts)
    assert len(scores) == len(given_texts)
    assert all(0 <= score <= 1 for score in scores)
    assert max(scores) in (0, 1)


def test_the_rarer_word_counts_more() -> None:
    one, other, rare = lexical(PRICE, ["every plan", "another plan", "our team"])
    assert rare == 1
    assert one == other < rare


def test_coverage_is_the_share_of_the_subject_and_whole_without_one() -> None:
    assert coverage(PRICE, "The Team plan") == 1
    assert coverage(PRICE, "The Team") == 0.5
    assert coverage(read_question("what is on the screen"), "anything") == 1


def units_of(text: str) -> list[str]:
    units = passage_units(0, a_passage(text))
    scored = score_all(PRICE, units, [0.5] * len(units), [0.5] * len(units))
    return [candidate.unit.spoken for candidate in scored]


def test_of_equally_near_sentences_the_one_of_the_type_asked_for_is_best() -> None:
    assert units_of("The Team plan is nice. The Team plan costs $49.")[0].endswith("$49.")


def test_the_row_that_the_question_names_is_the_row_asked_for() -> None:
    table = "Plan | Price\nBusiness | $99\nTeam | $49"
    assert units_of(table)[0].startswith("Team")


def test_a_sentence_that_points_back_says_less_than_one_that_names_its_subject() -> None:
    assert units_of("They pay $49 for it. Members pay $49 for it.")[0].startswith("Members")


def test_the_newer_frame_is_better_and_what_only_repeats_the_question_is_not_new() -> None:
    frame = Frame.of(described(1_000, "The Team plan cost", "Team $49"))
    units = [replace(unit, age=age) for age in (1, 0) for unit in screen_units(frame, 0)]
    scored = score_all(PRICE, units, [0.5] * len(units), [0.5] * len(units))
    best = scored[0].unit
    assert isinstance(best, ScreenUnit)
    assert best.age == 0
    assert {candidate.unit.spoken: candidate.new for candidate in scored}[
        "The Team plan cost"
    ] is False


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=3))
def test_every_unit_is_scored_once_best_first(cosines: list[float]) -> None:
    units = passage_units(0, a_passage("One thing is here. Two is there. Three is nowhere."))
    scored = score_all(PRICE, units, cosines, cosines)
    assert sorted(c.unit.spoken for c in scored) == sorted(u.spoken for u in units)
    assert [c.score for c in scored] == sorted((c.score for c in scored), reverse=True)
