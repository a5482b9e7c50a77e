"""The answerer with its real model, on the kinds of documents and questions that once failed."""

import pytest

from answering.answerer import answer
from answering.asked import Answer, AskedQuestion, EarlierTurn
from answering.evidence import Evidence
from llm_router.adapters.extractive_models import CachedMiniLm
from local_models.embedding import MiniLm
from support.router.turns import a_passage

pytestmark = pytest.mark.integration

PASSES = """| Pass | Price a season (SEK) | Lifts |
|---|---|---|
| Valley | 410 | 3 |
| Ridge | 960 | 11 |"""
TOURS = (
    "The Family tour costs 35 EUR a head. The Summit tour costs 80 EUR a head. Both include lunch."
)
SHELF = (
    "Item 20.118.07 is the bracket. It costs 2140 EUR.\n\n"
    "Item 20.119.08 is the hinge. It costs 2260 EUR.\n\n"
    "Item 20.120.09 is the bolt. It costs 2380 EUR."
)
FAULTS = (
    "## FAN-3021\n\nThe fan is blocked. Remove the dust.\n\n"
    "## FAN-3022\n\nThe fan turns too slowly. Replace the belt.\n\n"
    "## OIL-3022\n\nThe oil is too cold. Wait ten minutes.\n\n"
    "## S45\n\nThe lid is open. Shut it.\n\n## S451\n\nThe drum is full. Empty it."
)
DEPOTS = (
    "The depot in Porto has 9 ramps and is run by Rui Sousa. "
    "The depot in Vigo has 5 ramps and is run by Ana Rey."
)
POOL = "The pool opens at 7:15. A locker costs 2 EUR. Caps are lent at the till."
BOILER_ZH = "# 保修\n\n锅炉 RT-20 的保修期为三十个月。\n\n# 保养\n\n滤芯每三周更换一次。"
BOILER_DE = (
    "# Wartung\n\nDie Filterpatrone wird alle drei Wochen gewechselt. "
    "Die Garantie dauert 30 Monate."
)
BOILER_FR = (
    "# Entretien\n\nLa cartouche est remplacée toutes les trois semaines. La garantie dure 30 mois."
)
SPEAKER = (
    "# Speaker S2\n\nKeep the key pressed for 4 seconds until it blinks white; "
    "you are now in search mode. "
    "When asked for a code, enter 7391. Charge the speaker for an hour before use."
)


@pytest.fixture(scope="module")
def model() -> CachedMiniLm:
    return CachedMiniLm(MiniLm())


def ask(model: CachedMiniLm, text: str, document: str, *earlier: EarlierTurn) -> Answer:
    return answer(model.similarity, AskedQuestion(text, earlier), Evidence((a_passage(document),)))


@pytest.mark.parametrize(
    ("document", "question", "held"),
    [
        (PASSES, "How much does the Ridge pass cost?", "960"),
        (TOURS, "how much does the summit tour cost?", "80 EUR"),
        (SHELF, "Which item costs 2260 EUR?", "hinge"),
        (SHELF, "Which item costs 2,260 EUR?", "hinge"),
        (SHELF, "What is item 2012009?", "bolt"),
        (FAULTS, "what does error FAN 3022 mean", "too slowly"),
        (FAULTS, "What does error fan 3,021 mean?", "blocked"),
        (FAULTS, "What does S451 mean?", "drum"),
        (BOILER_ZH, "锅炉 RT-20 的保修期是多久?", "三十个月"),
        (BOILER_ZH, "滤芯多久更换一次?", "三周"),
        (BOILER_DE, "Wie lange dauert die Garantie?", "30 Monate"),
        (BOILER_FR, "Combien de temps dure la garantie ?", "30 mois"),
        (SPEAKER, "What is the code of the speaker?", "7391"),
        (SPEAKER, "How do I get the speaker into search mode?", "4 seconds"),
    ],
)
def test_what_the_document_says_is_answered(
    model: CachedMiniLm, document: str, question: str, held: str
) -> None:
    said = ask(model, question, document)
    assert not said.abstained
    assert held in said.text


@pytest.mark.parametrize(
    ("document", "question"),
    [
        (TOURS, "how much does the glacier tour cost?"),
        (PASSES, "how much does the harbour pass cost?"),
        (FAULTS, "What does S4 mean?"),
        (SHELF, "Which item costs 2270 EUR?"),
        (POOL, "what does a sunbed cost?"),
    ],
)
def test_what_is_named_and_not_there_is_not_answered(
    model: CachedMiniLm, document: str, question: str
) -> None:
    assert ask(model, question, document).abstained


def test_two_questions_get_two_answers(model: CachedMiniLm) -> None:
    said = ask(model, "When does the pool open and what does a locker cost?", POOL)
    assert "7:15" in said.text
    assert "2 EUR" in said.text
    assert len(said.sources) == 2


def test_the_half_that_is_missing_is_named(model: CachedMiniLm) -> None:
    said = ask(model, "When does the pool open and what does a sunbed cost?", POOL)
    assert "7:15" in said.text
    assert "sunbed" in said.text
    assert "2 EUR" not in said.text


def test_a_question_leans_on_the_turn_before(model: CachedMiniLm) -> None:
    first = "Who runs the depot in Porto?"
    turns = [EarlierTurn(first, ask(model, first, DEPOTS).text)]
    for question in ("And who runs the other one?", "And who runs it?"):
        said = ask(model, question, DEPOTS, *turns)
        assert "Ana Rey" in said.text
        assert "Rui Sousa" not in said.text
        turns.append(EarlierTurn(question, said.text))


def test_without_a_turn_before_nothing_is_carried(model: CachedMiniLm) -> None:
    assert ask(model, "And who runs it?", DEPOTS).abstained
