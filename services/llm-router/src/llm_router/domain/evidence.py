"""What an answer may stand on: passages of documents, and what the screen showed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from contracts.conversation import TurnTaken
from contracts.ids import FrameId
from contracts.knowledge import Passage
from contracts.vision import FrameDescribed, ScreenLine

Missing = Literal["passages", "screen"]
CONTEXT_FRAMES: Final = 5
"""The last kept frames of a session are its temporal context (design, section 5)."""


@dataclass(frozen=True)
class Frame:
    """One described frame, as far as an answer needs it."""

    frame_id: FrameId
    shown_at_ms: int
    lines: tuple[ScreenLine, ...]

    @staticmethod
    def of(fact: FrameDescribed) -> Frame:
        return Frame(fact.frame_id, fact.shown_at_ms, fact.lines)


@dataclass(frozen=True)
class Evidence:
    """Data, never instructions.

    Attributes:
        passages: best first; empty when the documents say nothing or were not heard of.
        frames: oldest first; the last is what the screen showed when the question ended, unless
            "screen" is missing.
        missing: what did not come in time.
    """

    passages: tuple[Passage, ...] = ()
    frames: tuple[Frame, ...] = ()
    missing: tuple[Missing, ...] = ()


def frames_for(turn: TurnTaken, described: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """The frames a turn may know of, oldest first: its own and at most four before it.

    A frame that was shown after the question ended is not what was asked about. Told twice, a
    frame counts once. A chat message that names no frame is about what was shown last.
    """
    until = turn.screen.shown_at_ms if turn.screen else None
    if until is None and turn.channel == "voice":
        return ()
    by_id = {
        frame.frame_id: frame for frame in described if until is None or frame.shown_at_ms <= until
    }
    ordered = sorted(by_id.values(), key=lambda frame: (frame.shown_at_ms, str(frame.frame_id)))
    return tuple(ordered[-CONTEXT_FRAMES:])


def has_own_frame(turn: TurnTaken, frames: tuple[Frame, ...]) -> bool:
    """Whether the frame that the turn names is described."""
    return turn.screen is None or any(f.frame_id == turn.screen.frame_id for f in frames)
