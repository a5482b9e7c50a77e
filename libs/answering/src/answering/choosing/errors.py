"""The error that a screen shows, and what the documents say about it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from answering.candidates.candidate import Candidate
from answering.candidates.screen import screen_candidates
from answering.evidence import Evidence
from answering.question.language_tables import LANGUAGES, for_language, table_of
from answering.scoring.features import everything
from answering.scoring.ranking import Scored
from answering.scoring.values import kinds_in
from language.words import terms

SEVERITY: Final = {"error": 3, "warning": 2}
CODES: Final = "en"
"""Codes are the same in every language."""
PLAIN: Final = 2
MAX_ERROR_CHARS: Final = 300
MAX_FOLLOWING: Final = 1


def error_shown(evidence: Evidence) -> Candidate | None:
    """The plainest error of the newest frame that shows one; the shortest of equals."""
    for age, frame in enumerate(reversed(evidence.frames)):
        shown = [one for one in screen_candidates((frame,)) if error_strength(one) >= PLAIN]
        if shown:
            return replace(max(shown, key=_plainness), age=age)
    return None


def _plainness(one: Candidate) -> tuple[int, int]:
    return error_strength(one), -len(one.spoken)


def error_strength(one: Candidate) -> int:
    """0: nothing says that it is an error; by its severity, else its words and signal colour."""
    if len(one.spoken) > MAX_ERROR_CHARS:
        return 0
    worded = _is_worded(one.spoken)
    strength = SEVERITY.get(one.severity or "", 0)
    strength = max(strength, PLAIN * worded) + (one.tone == "red")
    return strength + bool(codes_of(one)) if strength else 0


def unexplained_error(evidence: Evidence) -> str | None:
    """The error that the screen shows and the passages do not name; None: there is none."""
    error = error_shown(evidence)
    if error is None:
        return None
    return None if _named_in_documents(codes_of(error), evidence) else error.spoken


def codes_of(one: Candidate) -> list[str]:
    """The codes in it, such as `PAY-402`."""
    return [canonical for kind, canonical in kinds_in(one.spoken) if kind == "code"]


def codes_explained(evidence: Evidence) -> list[str]:
    """Codes of the newest frame that documents name: an error may stand beside its code."""
    shown = screen_candidates(evidence.frames[-1:])
    codes = dict.fromkeys(code for one in shown for code in codes_of(one))
    return _named_in_documents(codes, evidence)


def _named_in_documents(codes: Iterable[str], evidence: Evidence) -> list[str]:
    known = frozenset(
        term for p in evidence.passages for term in terms(f"{p.heading}\n{p.text}", CODES)
    )
    return [code for code in codes if set(terms(code, CODES)) <= known]


def fix_among(ranked: Sequence[Scored], codes: Sequence[str]) -> list[Candidate]:
    """At most two pieces of one passage that say what to do; where there is a code, about that.

    Empty when no passage names one of the codes.
    """
    found = [one.candidate for one in ranked if not one.candidate.on_screen]
    if codes:
        wanted = [set(terms(code, CODES)) for code in codes]
        found = [one for one in found if any(code <= everything(one, CODES) for code in wanted)]
    if not found:
        return []
    # The piece that names the code itself: a row, or the first sentence under its heading.
    named = [one for one in found if _names(one, codes)]
    best = named[0] if named else found[0]
    if best.kind == "row":
        return [best]
    if named and best.heading and _names_heading(best, codes):
        best = min(
            (o for o in found if o.group == best.group and o.heading == best.heading),
            key=lambda o: o.order,
        )
    following = [
        one.candidate
        for one in ranked
        if one.candidate.group == best.group
        and one.candidate.heading == best.heading
        and one.candidate.kind == "sentence"
        and one.candidate.order == best.order + 1
        and not _names_another(one.candidate, codes)
    ]
    return [best, *following[:MAX_FOLLOWING]]


def _names(one: Candidate, codes: Sequence[str]) -> bool:
    there = set(terms(f"{one.spoken} {one.heading}", CODES))
    return any(set(terms(code, CODES)) <= there for code in codes)


def _names_heading(one: Candidate, codes: Sequence[str]) -> bool:
    there = set(terms(one.heading, CODES))
    return any(set(terms(code, CODES)) <= there for code in codes)


def _names_another(one: Candidate, codes: Sequence[str]) -> bool:
    return bool(codes) and any(code not in codes for code in codes_of(one))


def _is_worded(text: str) -> bool:
    for code in LANGUAGES:
        language = table_of(code)
        if language.has(for_language(text, code), "points.error"):
            return True
    return False
