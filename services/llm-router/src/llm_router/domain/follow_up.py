"""What to look up once the screen is known: to a search "this error" says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from contracts.knowledge import Passage
from llm_router.domain.evidence import Evidence
from llm_router.domain.forms import codes_in, codes_named, error_strength, mentions_code
from llm_router.domain.question import AboutScreen, Question, Wants
from llm_router.domain.units import ScreenUnit, screen_units

MOST_LOOKED_UP: Final = 5


def most_looked_up(limit: int) -> int:
    """Of so many passages that an answer may have: half, so that what was found stays heard."""
    return min(MOST_LOOKED_UP, (limit + 1) // 2)


def text_to_look_up(question: Question, evidence: Evidence) -> str | None:
    """The error that the screen shows and the passages do not name; None: nothing to look up."""
    points_at_error = question.wants in (Wants.FIX, Wants.ERROR)
    if not points_at_error or question.about_screen is not AboutScreen.YES:
        return None
    if codes_named(question.text):
        return None
    error = plainest_error(evidence)
    if error is None:
        return None
    codes = codes_in(error.spoken)
    known = [f"{passage.heading}\n{passage.text}" for passage in evidence.passages]
    if codes and any(mentions_code(text, code) for text in known for code in codes):
        return None
    return error.spoken


def plainest_error(evidence: Evidence) -> ScreenUnit | None:
    """Newest frame that shows one, the plainest of it, the shortest of equals."""
    for age, frame in enumerate(reversed(evidence.frames)):
        errors = [u for u in screen_units(frame, age) if error_strength(u.spoken) > 1]
        if errors:
            return max(errors, key=lambda u: (error_strength(u.spoken), -u.lines, -len(u.spoken)))
    return None


def with_more(evidence: Evidence, more: Sequence[Passage], limit: int) -> Evidence:
    """What was looked up first, then what was there; each once, at most `limit`."""
    seen: set[tuple[str, int]] = set()
    passages: list[Passage] = []
    # Near to the text that was looked up, which is not the question.
    found = [passage.model_copy(update={"similarity": None}) for passage in more]
    for passage in (*found, *evidence.passages):
        place = (str(passage.document_id), passage.start)
        if place not in seen:
            seen.add(place)
            passages.append(passage)
    return Evidence(tuple(passages[:limit]), evidence.frames, evidence.missing)
