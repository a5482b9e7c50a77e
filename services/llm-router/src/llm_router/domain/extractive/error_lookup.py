"""Which error "this error" is: to a search the words alone say nothing."""

from llm_router.domain.english.answer_types import error_strength
from llm_router.domain.evidence import Evidence
from llm_router.domain.extractive.screen_units import ScreenUnit, screen_units
from llm_router.domain.text.error_codes import codes_in, mentions_code


def unexplained_error(evidence: Evidence) -> str | None:
    """The error that the screen shows and the passages do not name; None: there is none."""
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
