"""Which error "this error" is: to a search the words alone say nothing."""

from answering.english.answer_types import error_strength
from answering.evidence import Evidence
from answering.extractive.screen_units import ScreenUnit, screen_units
from answering.text.error_codes import codes_in, mentions_code


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
