from answering.english.question import read_question
from answering.extractive.passage_units import PassageUnit
from answering.extractive.ranking import MAX_UNITS, distinct, shortlist
from answering.extractive.screen_units import ScreenUnit, screen_units
from hypothesis import given
from hypothesis import strategies as st

from answering.evidence import Frame
from support.router.ranked import a_ranking
from support.router.turns import a_passage, described

PRICE = read_question("what does the team plan cost")


def unit(number: int, spoken: str) -> PassageUnit:
    return PassageUnit(spoken, "sentence", 0, number, number + 1)


@given(st.lists(st.sampled_from(["team plan", "team", "weather"]), max_size=80))
def test_a_shortlist_keeps_what_shares_words_in_the_order_given(spoken: list[str]) -> None:
    units = [unit(number, text) for number, text in enumerate(spoken)]
    kept = shortlist(PRICE, units)
    assert len(kept) == min(len(units), MAX_UNITS)
    assert kept == [one for one in units if one in kept]
    if "weather" in [one.spoken for one in kept]:
        assert all(one in kept for one in units if one.spoken == "team plan")


def test_a_line_that_several_frames_show_counts_for_the_newest() -> None:
    frames = [Frame.of(described(at, "Team $49")) for at in (1_000, 2_000)]
    shown = [*screen_units(frames[0], 1), *screen_units(frames[1], 0)]
    (one,) = distinct(shown)
    assert isinstance(one, ScreenUnit)
    assert one.age == 0


def test_a_question_about_the_documents_ranks_no_screen() -> None:
    frame = Frame.of(described(1_000, "Team plan $59"))
    text = "what does the team plan cost according to the price list"
    ranked = a_ranking(text, a_passage("The Team plan costs $49."), frames=(frame,))
    assert ranked.passages
    assert not ranked.screen


def test_what_fixes_an_error_is_ranked_by_the_error_that_is_shown() -> None:
    frame = Frame.of(described(1_000, "Error: the strainer is blocked"))
    manual = a_passage("Plans are billed monthly. Clean the strainer when it is blocked.")
    ranked = a_ranking("how do I fix this error", manual, frames=(frame,))
    assert ranked.fixes[0].unit.spoken == "Clean the strainer when it is blocked."
    assert not a_ranking("how long is the trial", manual, frames=(frame,)).fixes
