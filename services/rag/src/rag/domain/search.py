"""What of all that was found is in the result."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from rag.domain.passages import RelevantPassage, StoredPassage
from rag.domain.ranking import Fused, Hit, by_text, by_vector, fuse


@dataclass(frozen=True)
class SearchRules:
    """How a search is done; weights and bound are measured, see docs/results/retrieval.md.

    Attributes:
        candidates: passages that each retriever finds before they are put together.
        vector_weight: of the cosine; the rest of 1 is the words'.
        min_score: a passage with less is in the result only if it is similar enough.
        min_similarity: a passage with less shares words or nothing with the question.
        timeout_s: of a whole search.
        second_look_timeout_s: of the tries to read unknown words as others, within the search.
        rerank_timeout_s: of putting what was found into a better order, within the search.
        reranked: so many of the best are put into a better order, where a model does that.
        looked_at: passages read for each one in the result: the best may be copies of each other.
    """

    candidates: int = 100
    vector_weight: float = 0.4
    min_score: float = 0.2
    min_similarity: float = 0.35
    timeout_s: float = 3.0
    second_look_timeout_s: float = 0.3
    rerank_timeout_s: float = 1.0
    reranked: int = 40
    looked_at: int = 4

    def by_words_alone(self) -> Self:
        """For a question whose vector says nothing."""
        return replace(self, vector_weight=0.0, min_similarity=math.inf)


def rank(near: Sequence[Hit], matching: Sequence[Hit], rules: SearchRules) -> list[Fused]:
    """Both rankings put together, best first."""
    rankings = [by_vector(near, rules.candidates), by_text(matching)]
    return fuse(rankings, [rules.vector_weight, 1 - rules.vector_weight])


def relevant(
    best: Sequence[Fused], passages: Sequence[StoredPassage], rules: SearchRules
) -> list[RelevantPassage]:
    """The passages that have to do with the question, in the order given; all are in `best`."""
    fused = {hit.passage_id: hit for hit in best}
    found = [
        RelevantPassage(
            passage, fused[passage.passage_id].score, fused[passage.passage_id].found_by
        )
        for passage in passages
    ]
    return [item for item in found if item.score >= rules.min_score or is_near(item.passage, rules)]


def is_near(passage: StoredPassage, rules: SearchRules) -> bool:
    """Whether the vectors alone say that a passage has to do with the question."""
    return passage.similarity is not None and passage.similarity >= rules.min_similarity


def copies_last(passages: Sequence[StoredPassage]) -> list[StoredPassage]:
    """In the same order, but what only repeats the text of a better one at the end.

    Documents that say the same must not keep out what another one says.
    """
    seen: set[str] = set()
    first: list[StoredPassage] = []
    copies: list[StoredPassage] = []
    for passage in passages:
        (copies if passage.text in seen else first).append(passage)
        seen.add(passage.text)
    return first + copies
