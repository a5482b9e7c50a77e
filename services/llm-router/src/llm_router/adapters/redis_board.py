"""The board and the screen memory: two expiring streams, read together by one blocking XREAD.

Streams and not lists, because reading must not remove: the turn's next run reads them again.
"""

from datetime import timedelta
from typing import Final, cast

from redis.asyncio import Redis

from answering.evidence import Frame
from answering.screen_history import ScreenHistory
from contracts.conversation import SpeechInterrupted
from contracts.fact import Envelope
from contracts.ids import SessionId, TurnId
from contracts.knowledge import PassagesFound
from contracts.streams import shard_of, tag
from contracts.vision import FrameDescribed
from llm_router.adapters.redis_screen_history import RedisScreenHistory
from llm_router.ports import Cursor, Lost, News, Notice, Turn
from runtime.bad_rows import readable
from runtime.redis_client import reply_of

BOARD_LENGTH: Final = 16
BOARD_LIFETIME: Final = timedelta(minutes=10)
"""Longer than a chat turn's deadline and its takeovers."""
SCREEN_LENGTH: Final = 10
"""At most ten frames of a session are held."""
SCREEN_LIFETIME: Final = timedelta(hours=4)
MAX_BLOCK_MS: Final = 4_000
"""Below the client's socket timeout of 5 s."""

Streams = list[tuple[bytes, list[tuple[bytes, dict[bytes, bytes]]]]]


class RedisBoard:
    """The port `Board`."""

    def __init__(self, redis: Redis, *, shards: int = 1) -> None:
        self._redis = redis
        self._shards = shards
        self._history = RedisScreenHistory(redis, shards=shards, lifetime=SCREEN_LIFETIME)

    async def put_notice(
        self, event: Envelope[PassagesFound] | Envelope[SpeechInterrupted]
    ) -> None:
        assert event.session_id
        kind = "passages" if isinstance(event.data, PassagesFound) else "interrupted"
        key = self._board_key(event.session_id, event.data.turn_id)
        await self._put(key, kind, event.data.model_dump_json(), (BOARD_LENGTH, BOARD_LIFETIME))

    async def put_frame(self, event: Envelope[FrameDescribed]) -> None:
        assert event.session_id
        session_id = SessionId(event.session_id)
        # First, so that whoever reads the frame below finds it in the history.
        await self._history.add(session_id, event.data)
        body = event.data.model_dump_json()
        key = self._screen_key(session_id)
        await self._put(key, "frame", body, (SCREEN_LENGTH, SCREEN_LIFETIME))

    async def put_lost(self, session_id: SessionId, turn_id: TurnId) -> None:
        """Tell a turn that another took its lane."""
        key = self._board_key(session_id, turn_id)
        await self._put(key, "lost", "", (BOARD_LENGTH, BOARD_LIFETIME))

    async def read(self, turn: Turn, after: Cursor, *, wait_ms: int) -> News:
        board = self._board_key(turn.session_id, turn.turn_id)
        screen = self._screen_key(turn.session_id)
        # 0 would block for ever; None does not block at all.
        block = min(wait_ms, MAX_BLOCK_MS) if wait_ms > 0 else None
        reply = await reply_of(
            self._redis.xread({board: after.board, screen: after.screen}, block=block)
        )
        found = {key.decode(): rows for key, rows in cast("Streams", reply or [])}
        notices, frames = found.get(board, []), found.get(screen, [])
        return News(
            notices=tuple(readable("board", notices, _notice)),
            frames=tuple(readable("screen memory", frames, _frame)),
            cursor=Cursor(
                board=notices[-1][0].decode() if notices else after.board,
                screen=frames[-1][0].decode() if frames else after.screen,
            ),
        )

    async def history(self, session_id: SessionId, until_ms: int | None) -> ScreenHistory:
        return await self._history.as_of(session_id, until_ms)

    async def _put(self, key: str, kind: str, body: str, bounds: tuple[int, timedelta]) -> None:
        length, lifetime = bounds
        pipe = self._redis.pipeline(transaction=True)
        pipe.xadd(key, {kind: body}, maxlen=length, approximate=False)
        pipe.pexpire(key, lifetime)
        await reply_of(pipe.execute())

    def _board_key(self, session_id: SessionId, turn_id: TurnId) -> str:
        return f"board:{turn_id}:{tag(shard_of(str(session_id), self._shards))}"

    def _screen_key(self, session_id: SessionId) -> str:
        return f"screen:{session_id}:{tag(shard_of(str(session_id), self._shards))}"


def _frame(fields: dict[bytes, bytes]) -> Frame:
    return Frame.of(FrameDescribed.model_validate_json(fields[b"frame"]))


def _notice(fields: dict[bytes, bytes]) -> Notice:
    if b"passages" in fields:
        return PassagesFound.model_validate_json(fields[b"passages"])
    if b"interrupted" in fields:
        return SpeechInterrupted.model_validate_json(fields[b"interrupted"])
    return Lost()
