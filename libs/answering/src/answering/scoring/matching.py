"""Which words of a question a piece of evidence holds."""

import math
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Final

from language.words import terms

MIN_COMMON: Final = 4
COMMON_SHARE: Final = 0.7
NEARLY: Final = 0.8
"""Of a whole match: two words that begin alike, as "approve" and "approval"."""


@lru_cache(maxsize=16_384)
def terms_of(text: str, lang: str) -> frozenset[str]:
    """The content terms of a text; passages and screens come again in a session."""
    return frozenset(terms(text, lang))


class Matcher:
    """A question's terms against the terms of all the evidence.

    A term weighs what it means in the question times how rare it is in the evidence.
    """

    def __init__(self, weights: Mapping[str, float], texts: Sequence[Collection[str]]) -> None:
        vocabulary = {term for text in texts for term in text}
        self._near = {
            term: {other: near for other in vocabulary if (near := nearness(term, other))}
            for term in weights
        }
        self._weights = {
            term: weight * self._rarity(term, texts) for term, weight in weights.items()
        }
        self._all = sum(self._weights.values())

    def _rarity(self, term: str, texts: Sequence[Collection[str]]) -> float:
        found = sum(any(near in text for near in self._near[term]) for text in texts)
        return math.log(1 + (len(texts) + 1) / (found + 0.5))

    def coverage(self, text: Collection[str]) -> float:
        """Weighted share of the question's terms that the text has, [0, 1]; 0 without terms."""
        if not self._all:
            return 0.0
        return (
            sum(self._weights[term] * self._held(term, text) for term in self._weights) / self._all
        )

    def heaviest_missing(self, text: Collection[str]) -> float:
        """Share of the weightiest term that the text does not have, [0, 1]."""
        if not self._all:
            return 0.0
        return (
            max(
                (w * (1 - self._held(term, text)) for term, w in self._weights.items()), default=0.0
            )
            / self._all
        )

    def missing(self, text: Collection[str]) -> list[str]:
        """The terms that the text does not have, the weightiest first."""
        left = [term for term in self._weights if not self._held(term, text)]
        return sorted(left, key=lambda term: -self._weights[term])

    def named(self, text: Collection[str]) -> float:
        """Share of the text's terms that the question has, [0, 1]; 0 without terms."""
        asked = list(self._near.values())
        held = sum(max((near.get(term, 0.0) for near in asked), default=0.0) for term in text)
        return held / len(text) if text else 0.0

    def _held(self, term: str, text: Collection[str]) -> float:
        near = self._near[term]
        if term in text:
            return 1.0
        return max((near[other] for other in near if other in text), default=0.0)


def nearness(one: str, other: str) -> float:
    """1 for the same term, `NEARLY` for terms of a common root, else 0."""
    if one == other:
        return 1.0
    if any(c.isdigit() for c in one + other):
        return 0.0
    longer = max(len(one), len(other))
    common = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    return NEARLY if common >= max(MIN_COMMON, COMMON_SHARE * longer) else 0.0
