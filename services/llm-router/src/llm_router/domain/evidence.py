"""Which evidence a turn may know of."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from answering.evidence import Evidence, Frame
from contracts.conversation import TurnTaken
from contracts.knowledge import Passage
from language.folding import folded, plain
from language.words import terms

CONTEXT_FRAMES: Final = 5
"""The last kept frames of a session are its temporal context."""
MOST_LOOKED_UP: Final = 5
LEAST_HELD: Final = 0.5
"""Of a question's words; documents say some of them otherwise."""


def frames_for(turn: TurnTaken, described: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """The frames a turn may know of, oldest first: its own and at most four before it.

    A frame that was shown after the question ended is not what was asked about. Told twice, a
    frame counts once. A chat message that names no frame is about what was shown last.
    """
    until = turn.screen.shown_at_ms if turn.screen else None
    if not knows_screen(turn):
        return ()
    by_id = {
        frame.frame_id: frame for frame in described if until is None or frame.shown_at_ms <= until
    }
    ordered = sorted(by_id.values(), key=lambda frame: (frame.shown_at_ms, str(frame.frame_id)))
    return tuple(ordered[-CONTEXT_FRAMES:])


def knows_screen(turn: TurnTaken) -> bool:
    """Whether the turn may know of any frame: a spoken question without a screen knows of none."""
    return turn.screen is not None or turn.channel != "voice"


def has_own_frame(turn: TurnTaken, frames: tuple[Frame, ...]) -> bool:
    """Whether nothing of the screen is on its way: the frame that the turn names is described.

    A turn names a frame that is kept, so until it is described its description is on its way.
    """
    return turn.screen is None or any(f.frame_id == turn.screen.frame_id for f in frames)


def is_left_open(question: str, passages: Sequence[Passage]) -> bool:
    """Whether the passages hold less than half of what is asked about. In any language."""
    asked = set(terms(question))
    # Terms are beginnings of words, and looking for them is a hundred times as fast as making them.
    said = folded(plain(" ".join(f"{one.heading} {one.header} {one.text}" for one in passages)))
    return sum(term in said for term in asked) < LEAST_HELD * len(asked)


def look_up_limit(limit: int) -> int:
    """Of so many passages that an answer may have: half, so that what was found stays heard."""
    return min(MOST_LOOKED_UP, (limit + 1) // 2)


def with_looked_up(evidence: Evidence, more: Sequence[Passage], limit: int) -> Evidence:
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
    return replace(evidence, passages=tuple(passages[:limit]))
