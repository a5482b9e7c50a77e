"""The chat of a LiveKit room: messages of ours, and of others."""

import asyncio
from collections.abc import Awaitable
from typing import Final

from livekit import rtc

from contracts.conversation import MAX_QUESTION_CHARS
from contracts.errors import UnavailableError
from contracts.ids import TurnId
from media_agent.ports.room import ChatLine

CHAT_TOPIC: Final = "lk.chat"
TURN_ATTRIBUTE: Final = "parley.turn_id"
"""On a message of ours: the turn that it answers."""
READ_TIMEOUT_S: Final = 10.0


async def read_message(reader: rtc.TextStreamReader) -> str | None:
    """The text of a message. None: it is longer than a question may be.

    Raises:
        TimeoutError: its end does not come.
    """
    text: str | None = ""
    async with asyncio.timeout(READ_TIMEOUT_S):
        async for chunk in reader:
            # Read to its end even if it is too long: else LiveKit keeps what comes.
            text = None if text is None or len(text) > MAX_QUESTION_CHARS else text + chunk
    return text


async def open_chat_line(room: rtc.Room, turn_id: TurnId | None) -> ChatLine:
    """As ports.LiveRoom.write.

    Raises:
        UnavailableError: the room does not take it.
    """
    attributes = {} if turn_id is None else {TURN_ATTRIBUTE: str(turn_id)}
    try:
        writer = await room.local_participant.stream_text(topic=CHAT_TOPIC, attributes=attributes)
    except Exception as error:  # livekit raises whatever its other half tells
        raise UnavailableError("the room does not take a message") from error
    return _ChatLine(writer)


class _ChatLine:
    def __init__(self, writer: rtc.TextStreamWriter) -> None:
        self._writer = writer

    async def write(self, text: str) -> None:
        await _available(self._writer.write(text))

    async def close(self) -> None:
        await _available(self._writer.aclose())


async def _available(sending: Awaitable[object]) -> None:
    """Wait for it; any failure is an UnavailableError."""
    try:
        await sending
    except Exception as error:
        raise UnavailableError("the room does not take a message") from error
