"""Facts that only put something on a board; whoever owns the turn reads it there."""

from collections.abc import Sequence

from contracts.conversation import SpeechInterrupted
from contracts.errors import RejectedError
from contracts.fact import Envelope, Fact
from contracts.knowledge import PassagesFound
from contracts.vision import FrameDescribed
from llm_router.ports import Board


async def on_passages_found(event: Envelope[PassagesFound], *, board: Board) -> Sequence[Fact]:
    _check_session(event)
    await board.put_notice(event)
    return ()


async def on_frame_described(event: Envelope[FrameDescribed], *, board: Board) -> Sequence[Fact]:
    _check_session(event)
    await board.put_frame(event)
    return ()


async def on_speech_interrupted(
    event: Envelope[SpeechInterrupted], *, board: Board
) -> Sequence[Fact]:
    """Marks the turn: its owner stops. If it had ended already, only history is cut (gateway)."""
    _check_session(event)
    await board.put_notice(event)
    return ()


def _check_session(event: Envelope[Fact]) -> None:
    if event.session_id is None:
        raise RejectedError("a fact of a session came without one", code="no_session")
