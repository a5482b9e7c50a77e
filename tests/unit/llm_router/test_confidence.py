from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answering.evidence import Evidence, Frame, passage_source
from contracts.conversation import PassageSource, ScreenSource
from llm_router.domain.confidence import NOTHING_CITED, UNCOVERED_NUMBER, confidence_of
from llm_router.domain.question_needs import QuestionNeeds
from llm_router.domain.reply import Reply
from llm_router.domain.routing import ModelPolicy, Tier
from support.router.turns import a_passage, described, frame_id

PASSAGE = a_passage("The Team plan costs $49 a month. It is billed in advance.")
FRAME = Frame.of(described(1_000, "Team plan", "$59"))
EVIDENCE = Evidence((PASSAGE,), (FRAME,))
GOOD_ENOUGH = ModelPolicy((Tier("any", ("a:model",)),)).threshold_ratio
NEEDS = QuestionNeeds(about_screen=False)
SOURCE = PassageSource(
    document_id=PASSAGE.document_id,
    document=PASSAGE.document,
    page=1,
    start=PASSAGE.start,
    end=PASSAGE.end,
    quote="The Team plan costs $49 a month.",
)
QUOTED = Reply("The Team plan costs $49 a month.", (SOURCE,), support=1.0)
SHOWN = ScreenSource(frame_id=frame_id(1_000), screen_at_ms=1_000, quote="Team plan\n$59")


def ratio(reply: Reply, evidence: Evidence = EVIDENCE, needs: QuestionNeeds = NEEDS) -> float:
    return confidence_of(reply, needs, evidence).ratio


def test_a_quote_of_the_evidence_is_certain() -> None:
    assert ratio(QUOTED) == 1
    shown = Reply(
        "The screen shows: Team plan, $59.", (SHOWN,), support=1.0, claims="Team plan, $59."
    )
    assert ratio(shown) == 1


def test_a_citation_that_does_not_resolve_is_worth_nothing() -> None:
    invented = SOURCE.model_copy(update={"quote": "The Team plan is free."})
    assert ratio(replace(QUOTED, sources=(invented,))) == 0
    gone = SHOWN.model_copy(update={"quote": "Team plan\n$49"})
    assert ratio(replace(QUOTED, sources=(gone,))) == 0


def test_a_number_that_is_not_in_what_is_cited_counts_little() -> None:
    assert ratio(replace(QUOTED, text="The Team plan costs $94 a month.")) == UNCOVERED_NUMBER


def test_an_answer_without_a_source_counts_little() -> None:
    assert ratio(Reply("It costs money.", support=1.0)) == NOTHING_CITED


def test_claims_that_the_source_does_not_make_lower_it() -> None:
    more = replace(QUOTED, text="The Team plan costs $49 a month and includes free puppies.")
    assert ratio(more) < ratio(QUOTED)


def test_a_hedge_and_late_evidence_lower_it() -> None:
    hedged = replace(QUOTED, text="I think the Team plan costs $49 a month.")
    assert ratio(hedged) < ratio(QUOTED)
    assert ratio(QUOTED, replace(EVIDENCE, missing=("screen",))) < ratio(QUOTED)


def cites(text: str, answer: str) -> float:
    passage = a_passage(text)
    source = passage_source(passage, 0, len(text))
    return ratio(Reply(answer, (source,)), Evidence((passage,)))


GERMAN = "Rechnungen werden nach dem Ende des Vertrags 90 Tage lang aufbewahrt und dann gelöscht."
JAPANESE = "契約が終了した後、請求書は90日間保存され、その後削除されます。"
ENGLISH = "Invoices are kept for 90 days after the end of the contract, and deleted then."


@pytest.mark.parametrize("text", [GERMAN, JAPANESE, ENGLISH])
def test_a_quote_is_good_enough_in_any_language(text: str) -> None:
    assert cites(text, text) >= GOOD_ENOUGH


@pytest.mark.parametrize(
    ("text", "answer"), [(GERMAN, ENGLISH), (JAPANESE, ENGLISH), (ENGLISH, GERMAN)]
)
def test_an_answer_in_another_language_than_its_source_stands_on_quotes_and_numbers(
    text: str, answer: str
) -> None:
    assert cites(text, answer) >= GOOD_ENOUGH
    assert cites(text, answer.replace("90", "30")) == UNCOVERED_NUMBER


@pytest.mark.parametrize(
    "answer",
    [
        "Das Öl wird alle 1250 Betriebsstunden gewechselt.",
        "Das Öl wird alle 1.250 Betriebsstunden gewechselt.",
        "The oil is changed every 1,250 operating hours.",
        "潤滑油は1,250運転時間ごとに交換します。",
    ],
)
def test_a_number_is_the_same_however_its_language_writes_it(answer: str) -> None:
    source = "Das Öl wird alle 1.250 Betriebsstunden gewechselt."
    assert cites(source, answer) >= GOOD_ENOUGH
    assert cites(source, answer.replace("50", "60")) == UNCOVERED_NUMBER


def test_an_answer_in_its_sources_language_is_compared_word_by_word() -> None:
    made_up = "Die Kündigung kostet nichts, wenn der Kunde vorher mit der Leitung spricht."
    assert cites(GERMAN, made_up) < GOOD_ENOUGH


def test_small_talk_claims_nothing_in_any_language() -> None:
    assert ratio(Reply("Gern geschehen."), needs=QuestionNeeds(is_small_talk=True)) == 1


def test_an_abstention_is_as_sure_as_the_model_says() -> None:
    reply = Reply("The documents don't say.", abstained=True, support=0.7)
    assert ratio(reply) == 0.7
    assert ratio(reply, replace(EVIDENCE, missing=("passages",))) < 0.7


@given(st.text(max_size=200), st.none() | st.floats(0, 1), st.booleans())
def test_confidence_is_a_share_and_says_why_without_content(
    text: str, support: float | None, abstained: bool
) -> None:
    found = confidence_of(Reply(text, (SOURCE,), abstained, support), NEEDS, EVIDENCE)
    assert 0 <= found.ratio <= 1
    assert found.why
    assert "Team" not in found.why


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_surer_model_is_never_trusted_less(one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert ratio(replace(QUOTED, support=less)) <= ratio(replace(QUOTED, support=more))
