"""The offline answerer without a model: what two texts have in common is their words."""

from collections.abc import Sequence

from answering.extractive.extracted import Extracted, Ranked
from answering.extractive.ranking import answer, rank
from answering.text.words import content

from answering.evidence import Evidence, Frame
from contracts.knowledge import Passage


def shared_words(text: str, others: Sequence[str]) -> list[float]:
    """A `Similarity`: the share of the text's words that the other has, [0, 1]."""
    asked = set(content(text))
    return [len(asked & set(content(other))) / max(1, len(asked)) for other in others]


def a_ranking(
    text: str, *passages: Passage, frames: tuple[Frame, ...] = (), evidence: Evidence | None = None
) -> Ranked:
    return rank(shared_words, text, evidence or Evidence(passages, frames))


def an_answer(
    text: str, *passages: Passage, frames: tuple[Frame, ...] = (), evidence: Evidence | None = None
) -> Extracted:
    return answer(shared_words, text, evidence or Evidence(passages, frames))
