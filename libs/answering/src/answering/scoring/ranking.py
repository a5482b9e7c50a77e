"""The candidates of a question, best first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from answering.candidates.candidate import Candidate
from answering.evidence import Evidence
from answering.question.reading import Reading
from answering.scoring.features import NAMES, Nearness, everything, features_of
from answering.scoring.figures import holds_figures
from answering.scoring.matching import Matcher, terms_of
from answering.scoring.model import Model, model, probability
from answering.scoring.values import fits

MAX_OF_DOCUMENTS: Final = 16
MAX_OF_SCREEN: Final = 12
"""About 0.15 s of embedding together on one core; the rest is cut by words."""
TEXT_CHARS: Final = 1_000
MAX_MARGIN: Final = 3.0
FIT_WEIGHT: Final = 0.3
RANK_WEIGHT: Final = 0.02
AGE_WEIGHT: Final = 0.05

Similarity = Callable[[str, Sequence[str]], Sequence[float]]
"""Cosines in [-1, 1] of a text to each of the others, in their order; never given none."""


@dataclass(frozen=True)
class Scored:
    """A candidate and how well it answers.

    Attributes:
        features: as `NAMES`.
        score: of the choice; higher is better, of no unit.
        holds_figures: every number and code of the question stands in it or over it.
        trust: how sure that it answers rightly, [0, 1].
    """

    candidate: Candidate
    features: tuple[float, ...]
    score: float
    trust: float
    holds_figures: bool

    def feature(self, name: str) -> float:
        return self.features[NAMES.index(name)]


def rank(
    similarity: Similarity,
    reading: Reading,
    candidates: Sequence[Candidate],
    evidence: Evidence,
    fitted: Model | None = None,
) -> list[Scored]:
    """At most `MAX_OF_DOCUMENTS` and `MAX_OF_SCREEN` of the candidates, best first."""
    if not candidates:
        return []
    fitted = fitted or model()
    matcher = Matcher(reading.weights, [everything(one, reading.lang) for one in candidates])
    kept = _shortlist(reading, candidates, matcher)
    near = _nearness(similarity, reading, kept, evidence)
    vectors = features_of(reading, kept, near, matcher)
    scores = [fitted.choose.score(NAMES, vector) for vector in vectors]
    for vector, margin in zip(vectors, margins(scores, kept), strict=True):
        vector[NAMES.index("margin")] = margin
    order = sorted(zip(scores, range(len(kept)), strict=True), key=lambda one: (-one[0], one[1]))
    return [
        Scored(
            kept[at],
            tuple(vectors[at]),
            score,
            probability(fitted.trust.score(NAMES, vectors[at])),
            holds_figures(reading, everything(kept[at], reading.lang)),
        )
        for score, at in order
    ]


def is_trusted(one: Scored) -> bool:
    """Whether it may be said."""
    return one.trust >= model().least_trust(on_screen=one.candidate.on_screen)


def margins(scores: Sequence[float], candidates: Sequence[Candidate]) -> list[float]:
    """How far each is before the best that says something else, in [-`MAX_MARGIN`, `MAX_MARGIN`].

    A text that holds another, or stands under the same label, says the same.
    """
    order = sorted(range(len(scores)), key=lambda at: -scores[at])
    found: list[float] = []
    for at, one in enumerate(candidates):
        others = (o for o in order if o != at and not _says_the_same(one, candidates[o]))
        other = next(others, None)
        margin = MAX_MARGIN if other is None else scores[at] - scores[other]
        found.append(max(-MAX_MARGIN, min(MAX_MARGIN, margin)))
    return found


def _says_the_same(one: Candidate, other: Candidate) -> bool:
    if one.text in other.text or other.text in one.text:
        return True
    return bool(one.label) and (one.group, one.label) == (other.group, other.label)


def _shortlist(
    reading: Reading, candidates: Sequence[Candidate], matcher: Matcher
) -> list[Candidate]:
    def cheap(one: Candidate) -> float:
        score = matcher.coverage(everything(one, reading.lang))
        score += 0.5 * matcher.coverage(terms_of(one.text, reading.lang))
        score += FIT_WEIGHT * fits(reading, one)
        return score - RANK_WEIGHT * (one.passage or 0) - AGE_WEIGHT * one.age

    kept: list[Candidate] = []
    for screen, most in ((False, MAX_OF_DOCUMENTS), (True, MAX_OF_SCREEN)):
        some = [one for one in candidates if one.on_screen == screen]
        best = sorted(range(len(some)), key=lambda at: (-cheap(some[at]), at))[:most]
        kept += [some[at] for at in sorted(best)]
    return kept


def _nearness(
    similarity: Similarity, reading: Reading, kept: Sequence[Candidate], evidence: Evidence
) -> list[Nearness]:
    near = list(
        similarity(reading.text[:TEXT_CHARS], [one.looked_for[:TEXT_CHARS] for one in kept])
    )
    context = _of_passages(
        similarity, reading, {p for one in kept if (p := one.passage) is not None}, evidence
    )
    of_frames: dict[int, float] = {}
    for one, cosine in zip(kept, near, strict=True):
        if one.on_screen:
            of_frames[one.age] = max(cosine, of_frames.get(one.age, -1.0))
    return [
        Nearness(cosine, of_frames[one.age] if one.passage is None else context[one.passage])
        for one, cosine in zip(kept, near, strict=True)
    ]


def _of_passages(
    similarity: Similarity, reading: Reading, wanted: set[int], evidence: Evidence
) -> dict[int, float]:
    """As rag computed it, where it did, with the same model."""
    passages = evidence.passages
    known = {at: s for at in wanted if (s := passages[at].similarity) is not None}
    missing = sorted(wanted - known.keys())
    if missing:
        texts = [f"{passages[at].heading}\n{passages[at].text}"[:TEXT_CHARS] for at in missing]
        known |= dict(zip(missing, similarity(reading.text[:TEXT_CHARS], texts), strict=True))
    return known
