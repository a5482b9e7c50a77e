"""What people say in a live meeting, and whether any of it is worth an answer."""

import re
from dataclasses import dataclass
from typing import Final

from contracts.sessions import Addressing
from contracts.tenants import RoomAddressing
from media_agent.domain.addressing import NAME


@dataclass(frozen=True)
class Person:
    """Somebody in the room.

    Attributes:
        identity: theirs alone in this room.
        name: for people; two may share one.
    """

    identity: str
    name: str


@dataclass(frozen=True)
class Speech:
    """What somebody said until they paused; all times on the session's clock.

    Attributes:
        start_ms: first sound.
        end_ms: last sound.
        transcript_ms: the last of its words was there.
        decided_ms: the pause was taken for the end.
    """

    person: Person
    text: str
    start_ms: int
    end_ms: int
    transcript_ms: int
    decided_ms: int


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD: Final = re.compile(r"[a-z']+")
_NOISES: Final = _words(
    "uh um uhm er erm ah oh eh hm hmm mm mmm mhm huh aha wow haha "
    "ok okay alright right great good nice cool perfect fine awesome wonderful "
    "thanks thank you very much so a lot cheers bye goodbye "
    "stop wait quiet enough hush shush nevermind never mind sorry please"
)
"""Said to keep company or to be left alone, not to be answered. No "yes", "no" or "sure": these may
be what Parley asked for."""
MOST_NOISES: Final = 5


def is_backchannel(text: str) -> bool:
    """Only noises, thanks and the like: to answer it would be a nuisance, and would cost."""
    words = _WORD.findall(NAME.sub(" ", text.lower()).replace("\u2019", "'"))
    if not words:  # the name alone is a call; no letters at all is a cough
        return not NAME.search(text.lower())
    return len(words) <= MOST_NOISES and _NOISES.issuperset(words)


def addressing_rule(wanted: RoomAddressing, people: int) -> Addressing:
    """Which speech is a question to Parley, with so many people in the room."""
    if wanted != "auto":
        return wanted
    return "always" if people <= 1 else "name"
