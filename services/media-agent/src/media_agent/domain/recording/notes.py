"""What a person should know of how a recording was heard and seen."""

from math import log10
from typing import Final

from contracts.media import MeetingNote

TOO_QUIET_DB: Final = -75.0
"""Loudest sample, against full scale. Made louder by at most 40 dB, so what is quieter than this is
at -35 dB in the end, and speech in it is found no more (docs/reference/recordings.md)."""
MS_A_SECOND: Final = 1_000


def sound_level_note(peak: float) -> MeetingNote | None:
    """None where a voice could be heard.

    Args:
        peak: loudest sample, 1 is full scale.
    """
    if peak <= 0:
        return MeetingNote(code="sound_silent", where="the whole recording")
    level_db = 20 * log10(peak)
    if level_db >= TOO_QUIET_DB:
        return None
    return MeetingNote(code="sound_too_quiet", where=f"{level_db:.0f} dB at most")


def clock_time(at_ms: int) -> str:
    """A time as `m:ss`."""
    minutes, seconds = divmod(at_ms // MS_A_SECOND, 60)
    return f"{minutes}:{seconds:02d}"
