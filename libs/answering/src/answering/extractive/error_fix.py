"""What the documents say about an error."""

from collections.abc import Sequence

from answering.extractive.answer_selection import (
    MIN_PASSAGE_COSINE,
    MIN_SUPPORT,
    support_of,
)
from answering.extractive.extracted import Ranked
from answering.extractive.passage_units import PassageUnit
from answering.extractive.scoring import Candidate
from answering.text.error_codes import codes_in, mentions_code


def fix_for(ranked: Ranked, codes: tuple[str, ...]) -> list[PassageUnit]:
    """At most two units of one passage; where there is a code, of a passage that names it."""
    scored = ranked.fixes or ranked.passages
    passages = ranked.evidence.passages
    if codes:
        about = {
            at
            for at, passage in enumerate(passages)
            if any(mentions_code(f"{passage.heading}\n{passage.text}", code) for code in codes)
        }
        return _best_of(
            [
                found
                for found in scored
                if isinstance(found.unit, PassageUnit) and found.unit.passage in about
            ],
            codes,
        )
    best = next(iter(scored), None)
    if best is None or support_of(best) < MIN_SUPPORT or best.context < MIN_PASSAGE_COSINE:
        return []
    assert isinstance(best.unit, PassageUnit)
    return _best_of(
        [
            f
            for f in scored
            if isinstance(f.unit, PassageUnit) and f.unit.passage == best.unit.passage
        ],
        (),
    )


def _best_of(scored: Sequence[Candidate], codes: tuple[str, ...]) -> list[PassageUnit]:
    """The unit that names the code, and the one after it when that goes on; else the best one."""
    units = sorted(
        (f.unit for f in scored if isinstance(f.unit, PassageUnit)),
        key=lambda u: (u.passage, u.start),
    )
    if not units:
        return []
    best = next(
        (
            f.unit
            for f in scored
            if isinstance(f.unit, PassageUnit)
            and any(mentions_code(f.unit.looked_for, c) for c in codes)
        ),
        None,
    )
    if best is None:
        best = next(f.unit for f in scored if isinstance(f.unit, PassageUnit))
    following = [
        u
        for u in units
        if u.passage == best.passage and u.start > best.start and u.heading == best.heading
    ]
    if best.kind == "row" or not following or _names_another(following[0], codes):
        return [best]
    return [best, following[0]]


def _names_another(unit: PassageUnit, codes: tuple[str, ...]) -> bool:
    return any(not any(mentions_code(code, c) for c in codes) for code in codes_in(unit.spoken))
