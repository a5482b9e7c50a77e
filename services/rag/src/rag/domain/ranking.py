"""Putting several rankings together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Retriever = Literal["vector", "text", "rerank"]
"""Who put a passage into the result, or where it is in it."""


@dataclass(frozen=True)
class Hit:
    """One passage in one ranking."""

    passage_id: int
    score: float


@dataclass(frozen=True)
class Ranking:
    """What one retriever found, best first, each passage once.

    Attributes:
        retriever: who found it.
        hits: scores in [0, 1] that mean the same for every question.
        unseen: the most that a passage it does not hold can score.
    """

    retriever: Retriever
    hits: Sequence[Hit]
    unseen: float = 0.0


@dataclass(frozen=True)
class Fused:
    """One passage in the result, and which retrievers found it, in the order of the rankings."""

    passage_id: int
    score: float
    found_by: tuple[Retriever, ...]


def by_vector(hits: Sequence[Hit], limit: int) -> Ranking:
    """Cosines, below 0 counted as 0; what a full ranking leaves out may be as near as its last."""
    bounded = [Hit(hit.passage_id, min(1.0, max(0.0, hit.score))) for hit in hits]
    return Ranking("vector", bounded, bounded[-1].score if len(bounded) >= limit else 0.0)


def by_text(hits: Sequence[Hit]) -> Ranking:
    """Shares of the question's word weight; a passage left out counts as one without its words."""
    return Ranking("text", hits)


def fuse(rankings: Sequence[Ranking], weights: Sequence[float]) -> list[Fused]:
    """Weighted sum of scores, normalised by their theoretical bounds and not by each result's own.

    So a score means the same for every question, and a bound on it can say "nothing here".
    Scaling each ranking by its own minimum and maximum ranks as well, but gives the best of useless
    passages a full score (measured: docs/results/retrieval.md; the theory: Bruch et al., "An
    Analysis of Fusion Functions for Hybrid Retrieval", 2022, section 4).

    Args:
        rankings: one per retriever, best first; lengths may differ; [] gives [].
        weights: one per ranking, >= 0.

    Returns:
        Every passage once, best first, score in [0, sum(weights)]; ties by id.
    """
    found_by: dict[int, list[Retriever]] = {}
    scores: dict[int, float] = {}
    for ranking in rankings:
        for hit in ranking.hits:
            found_by.setdefault(hit.passage_id, []).append(ranking.retriever)
    for ranking, weight in zip(rankings, weights, strict=True):
        own = {hit.passage_id: hit.score for hit in ranking.hits}
        for passage_id in found_by:
            score = own.get(passage_id, ranking.unseen)
            scores[passage_id] = scores.get(passage_id, 0.0) + weight * score
    fused = [Fused(key, score, tuple(found_by[key])) for key, score in scores.items()]
    return sorted(fused, key=lambda item: (-item.score, item.passage_id))
