from answering.extractive.extraction import SMALL_TALK
from hypothesis import given
from hypothesis import strategies as st

from answering.evidence import Evidence, Frame
from contracts.conversation import PassageSource, ScreenSource
from support.router.ranked import an_answer
from support.router.turns import a_passage, described

PLANS = a_passage("The Team plan costs $49 a month. The Business plan costs $99 a month.")
STEPS = a_passage(
    "Cancelling a subscription takes three steps:\n\n"
    "- Open the account page.\n- Press Cancel.\n- Confirm by mail."
)
FAULTS = a_passage("E-4012: enter the country prefix of the tax number.", document="faults.md")
ERROR = Frame.of(described(2_000, "Payment page", "Error E-4012: tax number not valid"))
PRICES = Frame.of(described(3_000, "Team plan $59"))


def test_an_answer_quotes_its_source_exactly() -> None:
    said = an_answer("what does the team plan cost", PLANS)
    assert said.text == "The Team plan costs $49 a month."
    (source,) = said.sources
    assert isinstance(source, PassageSource)
    begin = source.start - PLANS.start
    assert PLANS.text[begin : begin + len(source.quote)] == source.quote


def test_a_sentence_that_announces_a_list_brings_the_list() -> None:
    said = an_answer("how does cancelling a subscription work in three steps", STEPS)
    assert said.text.endswith("Open the account page. Press Cancel. Confirm by mail.")
    assert len(said.sources) == 4


def test_the_screen_is_read_out_and_cited() -> None:
    said = an_answer("what does the error say", PLANS, frames=(ERROR,))
    assert said.text == "The screen says: Error E-4012: tax number not valid."
    (source,) = said.sources
    assert isinstance(source, ScreenSource)
    assert source.screen_at_ms == 2_000


def test_a_fix_joins_the_screens_error_with_the_documents() -> None:
    said = an_answer("how do I fix this error", FAULTS, frames=(ERROR,))
    assert "country prefix" in said.text
    assert {source.kind for source in said.sources} == {"screen", "passage"}
    assert not said.abstained


def test_an_error_without_a_fix_is_read_out_and_the_rest_abstained_from() -> None:
    said = an_answer("how do I fix this error", PLANS, frames=(ERROR,))
    assert said.abstained
    assert said.text.startswith("The screen says: Error E-4012")


def test_the_whole_screen_is_told_by_its_lines() -> None:
    said = an_answer("what is on the screen", frames=(PRICES,))
    assert said.text.startswith("The screen shows: Team plan $59")


def test_an_abstention_says_what_was_missing() -> None:
    late = an_answer("who is the mayor of rotterdam", evidence=Evidence(missing=("passages",)))
    assert late.abstained
    assert "in time" in late.text
    assert an_answer("who is the mayor", PLANS).text == "The documents don't say."
    unseen = an_answer("what does the error on the screen say", PLANS)
    assert "can't read the screen" in unseen.text


def test_small_talk_has_set_answers_and_no_sources() -> None:
    assert an_answer("hello", PLANS).text == SMALL_TALK["hello"]
    assert an_answer("thank you", PLANS).sources == ()


@given(st.text(max_size=80), st.text(max_size=400))
def test_whatever_is_asked_the_answer_is_short_and_its_support_a_share(
    text: str, passage: str
) -> None:
    said = an_answer(text, a_passage(passage))
    assert 0 < len(said.text) <= 600
    assert 0 <= said.support <= 1
    assert said.abstained or said.sources or said.text in SMALL_TALK.values()
    for source in said.sources:
        assert source.quote in passage
