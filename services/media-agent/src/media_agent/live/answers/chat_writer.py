"""What Parley writes into the chat of a room."""

import asyncio
from typing import Final

from contracts.errors import UnavailableError
from contracts.feed import Spoken
from contracts.ids import TurnId
from media_agent.live.answers.answers import OpenTurn
from media_agent.live.outbox import LiveOutbox
from media_agent.live.own_words import OwnWords
from media_agent.ports.room import LiveRoom

MAX_SHOWN_CHARS: Final = 8_000
WRITE_TIMEOUT_S: Final = 5.0


class ChatWriter:
    """Of one room."""

    def __init__(self, room: LiveRoom, outbox: LiveOutbox, own_words: OwnWords) -> None:
        self._room, self._outbox, self._own_words = room, outbox, own_words

    async def answer(self, turn: OpenTurn) -> None:
        """Deliver an answer, to its end."""
        stream = turn.stream
        if not await stream.coming():
            stream.void()
            await self.remark(self._own_words("no_answer"), turn.turn_id)
            return
        if stream.is_void:
            return
        async with asyncio.timeout(stream.left_s + WRITE_TIMEOUT_S):
            line = await self._room.write(turn.turn_id)
            shown = 0
            async for piece in stream.pieces():
                if shown < MAX_SHOWN_CHARS:
                    await line.write(piece[: MAX_SHOWN_CHARS - shown])
                shown += len(piece)
            await line.close()
        await self._outbox.state(feed=[Spoken(turn_id=turn.turn_id)])

    async def remark(self, text: str, turn_id: TurnId | None = None) -> None:
        """Write a sentence of Parley's own; a room that does not answer has no use for it."""
        try:
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                line = await self._room.write(turn_id)
                await line.write(text)
                await line.close()
        except (UnavailableError, TimeoutError):
            return
