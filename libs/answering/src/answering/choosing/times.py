"""Questions about another time than now: what stood there, what came first, what came next."""

from collections.abc import Sequence
from typing import Final

from answering.asked import Answer
from answering.candidates.candidate import Candidate
from answering.candidates.past import distinct, past_candidates, sequence
from answering.candidates.screen import screen_candidates
from answering.evidence import Evidence
from answering.question.reading import Reading, When
from answering.scoring.ranking import Scored, Similarity, is_trusted, rank
from answering.wording.saying import SHOWED, clock, say

IN_ORDER: Final = (When.CAME_FIRST, When.AFTER, When.LAST)
NAMED: Final = 0.75
"""Weighted share of a question's terms that names the event after which it asks."""
ALIKE: Final = 0.8
"""Trust of a fellow, as a share of the best one's, to be of the same kind of event."""


def answer_in_time(similarity: Similarity, reading: Reading, evidence: Evidence) -> Answer | None:
    """None where the question is of now, or nothing of its time is known."""
    if reading.documents or not evidence.frames:
        return None
    if reading.is_past:
        return _then(similarity, reading, evidence)
    if reading.when in IN_ORDER and evidence.history.newest_ms is not None:
        return _in_order(similarity, reading, sequence(evidence.history), evidence)
    return None


def _then(similarity: Similarity, reading: Reading, evidence: Evidence) -> Answer | None:
    history = evidence.history
    if history.newest_ms is None:
        now = {one.spoken for one in screen_candidates(evidence.frames[-1:])}
        found = [
            one for one in screen_candidates(evidence.frames) if one.age and one.spoken not in now
        ]
    else:
        found = distinct(past_candidates(reading, history))
    best = _admitted(rank(similarity, reading, found, evidence))
    if best is None:
        return None
    then = best.candidate
    if then.until_ms is None:
        return say(reading, [then], best.trust, SHOWED)
    lead = f"Earlier, until {clock(then.until_ms)}, the screen showed: "
    return say(reading, [then], best.trust, lead)


def _in_order(
    similarity: Similarity, reading: Reading, events: Sequence[Candidate], evidence: Evidence
) -> Answer | None:
    ranked = rank(similarity, reading, events, evidence)
    if reading.when is When.AFTER:
        return _after(reading, ranked, events)
    best = _admitted(ranked)
    if best is None:
        return None
    alike = [one.candidate for one in ranked if one.trust >= ALIKE * best.trust]
    if len(alike) == 1:
        return None  # one event has no order
    pick = min if reading.when is When.CAME_FIRST else max
    chosen = pick(alike, key=lambda one: one.order)
    return say(reading, [chosen], best.trust, SHOWED)


def _after(
    reading: Reading, ranked: Sequence[Scored], events: Sequence[Candidate]
) -> Answer | None:
    """What came next of the same kind as the event that the question names."""
    named = next((one for one in ranked if one.feature("covered") >= NAMED), None)
    if named is None:
        return None
    later = [one for one in events if one.from_ms > named.candidate.from_ms]
    alike = [one for one in later if one.kind == named.candidate.kind]
    return say(reading, (alike or later)[:1], named.feature("covered"), SHOWED) if later else None


def _admitted(ranked: Sequence[Scored]) -> Scored | None:
    found = (one for one in ranked if one.holds_figures)
    best = next(found, None)
    return best if best is not None and is_trusted(best) else None
