"""The offline answerer without a model: what two texts have in common is their words."""

from collections.abc import Sequence

from answering.answerer import answer
from answering.asked import Answer, AskedQuestion, EarlierTurn
from answering.evidence import Evidence, Frame
from contracts.knowledge import Passage
from language.words import terms


def shared_words(text: str, others: Sequence[str]) -> list[float]:
    """A `Similarity`: the share of the text's words that the other has, [0, 1]."""
    asked = set(terms(text))
    return [len(asked & set(terms(other))) / max(1, len(asked)) for other in others]


def an_answer(
    text: str,
    *passages: Passage,
    frames: tuple[Frame, ...] = (),
    evidence: Evidence | None = None,
    earlier: Sequence[tuple[str, str]] = (),
) -> Answer:
    asked = AskedQuestion(text, tuple(EarlierTurn(*turn) for turn in earlier))
    return answer(shared_words, asked, evidence or Evidence(passages, frames))
