"""What is known of a candidate before it is scored: one number each, by name."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from answering.candidates.candidate import Candidate
from answering.question.reading import Reading
from answering.scoring.figures import holds_figures
from answering.scoring.matching import Matcher, terms_of
from answering.scoring.matching import nearness as alike
from answering.scoring.values import fits, fits_text, is_strict

KINDS: Final = (
    "sentence",
    "row",
    "heading",
    "pair",
    "item",
    "message",
    "console",
    "status_bar",
    "line",
)
NAMES: Final = (
    "covered",
    "covered_whole",
    "in_text",
    "in_names",
    "in_heading",
    "in_title",
    "heaviest_missing",
    "label_named",
    "near",
    "near_context",
    "near_best",
    "covered_best",
    "fits",
    "unfit",
    "said_already",
    "new",
    "length",
    "unended",
    "rank",
    "age",
    "gone",
    "screen_pointed",
    "screen_unpointed",
    "documents_pointed",
    "error",
    "echo",
    "label_answers",
    "heading_answers",
    "around_answers",
    "in_around",
    "short",
    "figures_held",
    "figures_named",
    "unnamed_of_several",
    "uncounted",
    "in_place",
    "margin",
    *(f"is_{kind}" for kind in KINDS),
)
"""The features' names, in the order of their vector."""
WHOLE: Final = 0.99
MAX_SHORT: Final = 3
"""Terms of a label, a title, a single value."""
PAST_TENSE_GONE: Final = 0.3
"""Who asks what was may mean what is gone."""
ENDS: Final = (".", "!", ":", ";", "\u3002", "\uff01")


@dataclass(frozen=True)
class Nearness:
    """In meaning, cosines in [-1, 1].

    Attributes:
        near: of the candidate to the question.
        context: of its passage, or of the nearest candidate of its frame.
    """

    near: float
    context: float


def features_of(
    reading: Reading,
    candidates: Sequence[Candidate],
    nearness: Sequence[Nearness],
    matcher: Matcher,
) -> list[list[float]]:
    """One vector a candidate, each as long as `NAMES`."""
    wholes = [everything(candidate, reading.lang) for candidate in candidates]
    rows = [
        _one(reading, candidate, whole, near, matcher)
        for candidate, whole, near in zip(candidates, wholes, nearness, strict=True)
    ]
    best_near = max((row["near"] for row in rows), default=0.0)
    best_covered = max((row["covered"] for row in rows), default=0.0)
    for row, in_place in zip(rows, _in_place(candidates, wholes, matcher), strict=True):
        row["in_place"] = in_place
        row["near_best"] = row["near"] - best_near
        row["covered_best"] = row["covered"] - best_covered
    return [[row.get(name, 0.0) for name in NAMES] for row in rows]


def everything(candidate: Candidate, lang: str) -> frozenset[str]:
    """The terms of a candidate and of what names it and stands over it."""
    around = (candidate.text, candidate.names, candidate.heading, candidate.title, candidate.around)
    return frozenset(term for text in around if text for term in terms_of(text, lang))


def _one(
    reading: Reading,
    candidate: Candidate,
    whole: frozenset[str],
    nearness: Nearness,
    matcher: Matcher,
) -> dict[str, float]:
    lang = reading.lang
    text, names = terms_of(candidate.text, lang), terms_of(candidate.names, lang)
    covered = matcher.coverage(whole)
    fit = fits(reading, candidate)
    asked = set(reading.weights) - reading.carried
    spoken = text | names
    screen = candidate.on_screen
    near = candidate.heading.rsplit(" > ", 1)[-1]
    around = terms_of(candidate.around, lang)
    echo = matcher.named(text)
    alarmed = candidate.severity in ("error", "warning") or candidate.tone in ("red", "amber")
    return {
        "covered": covered,
        "covered_whole": float(covered > WHOLE),
        "in_text": matcher.coverage(text),
        "in_names": matcher.coverage(names),
        "in_heading": matcher.coverage(terms_of(candidate.heading, lang)),
        "in_title": matcher.coverage(terms_of(candidate.title, lang)),
        "heaviest_missing": matcher.heaviest_missing(whole),
        "label_named": matcher.named(terms_of(candidate.label, lang)),
        # The model knows English; elsewhere the words in common stand for the meaning.
        "near": nearness.near if lang == "en" else max(nearness.near, covered),
        "near_context": nearness.context,
        "fits": float(fit),
        "unfit": float(is_strict(reading) and not fit),
        "said_already": float((spoken | terms_of(candidate.around, lang)) <= asked),
        "figures_named": float(
            bool(reading.figures)
            and holds_figures(reading, terms_of(f"{candidate.label} {near}", lang))
        ),
        "echo": echo,
        "label_answers": matcher.named(terms_of(candidate.label, lang)) * (1 - echo),
        "heading_answers": matcher.named(terms_of(near, lang)) * (1 - echo),
        "around_answers": matcher.coverage(around) * (1 - echo) * (candidate.kind != "sentence"),
        "in_around": matcher.coverage(around),
        "short": float(len(text) <= MAX_SHORT),
        "new": len(spoken - asked) / max(1, len(spoken)),
        "length": math.log1p(len(candidate.text)) / 5,
        "unended": float(candidate.kind == "sentence" and candidate.text[-1:] not in ENDS),
        "rank": (candidate.passage or 0) / 10,
        "age": min(candidate.age, 5) / 5,
        "gone": _gone(reading, candidate),
        "screen_pointed": float(screen and reading.screen),
        "screen_unpointed": float(screen and not reading.screen and not reading.maybe_screen),
        "documents_pointed": float(not screen and reading.documents),
        "error": float(alarmed and reading.error),
        "uncounted": float(_is_uncounted(reading, whole)),
        "unnamed_of_several": float(_is_unnamed_of_several(reading, candidate, matcher)),
        "figures_held": float(bool(reading.figures) and holds_figures(reading, whole)),
        f"is_{candidate.kind}": 1.0,
    }


def _gone(reading: Reading, candidate: Candidate) -> float:
    """How far it speaks against a candidate that it is not shown any more, [0, 1]."""
    if candidate.age == 0 or reading.is_past:
        return 0.0
    return PAST_TENSE_GONE if reading.past_tense else 1.0


def _is_uncounted(reading: Reading, there: frozenset[str]) -> bool:
    """Whether the things that the question wants counted are not spoken of."""
    counted = reading.counted
    return bool(counted) and not any(alike(counted, term) for term in there)


def _in_place(
    candidates: Sequence[Candidate], wholes: Sequence[frozenset[str]], matcher: Matcher
) -> list[float]:
    """How much of the question's terms each one's passage, or frame, holds."""
    there: dict[tuple[int | None, int], set[str]] = {}
    for one, whole in zip(candidates, wholes, strict=True):
        there.setdefault((one.passage, one.age), set()).update(whole)
    covered = {place: matcher.coverage(terms) for place, terms in there.items()}
    return [covered[one.passage, one.age] for one in candidates]


def _is_unnamed_of_several(reading: Reading, candidate: Candidate, matcher: Matcher) -> bool:
    """Whether a row holds several values of the kind asked for, and no header says which."""
    fitting = [header for header, text in candidate.parts if fits_text(reading, text, header)]
    named = any(matcher.named(terms_of(header, reading.lang)) for header, _ in candidate.parts)
    return len(fitting) > 1 and not named
