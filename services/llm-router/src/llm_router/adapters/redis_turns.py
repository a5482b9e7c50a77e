"""Lanes and conclusions in Redis: one script for each step, all keys under the session's tag."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, cast
from uuid import UUID

from pydantic import TypeAdapter
from redis.asyncio import Redis

from answering.asked import EarlierTurn
from contracts.conversation import AnswerCompleted, AnswerRefused, TurnTaken
from contracts.errors import LostError
from contracts.fact import Envelope
from contracts.feed import Concluded, FeedEntry
from contracts.ids import SessionId, TurnId
from contracts.streams import shard_of, stream_key, tag
from llm_router.adapters.lua import script
from llm_router.adapters.redis_board import RedisBoard
from llm_router.ports import Conclusion, Refusal, Result, Run, Superseded, Turn
from runtime.bad_rows import readable
from runtime.feed import feed_write
from runtime.redis_client import reply_of
from runtime.telemetry import metrics

GROUP: Final = "llm-router"
MAX_WAITING: Final = 5
LANE_LIFETIME: Final = timedelta(hours=25)
"""A little longer than a turn's fact may be redelivered (the stream's retention is a day)."""
MAX_TOLD: Final = 4
MAX_TOLD_CHARS: Final = 600
TOLD_LIFETIME: Final = timedelta(hours=4)
"""As long as the screen is remembered."""
CHAT_LIFE: Final = timedelta(seconds=60)
# What a script says when it refuses.
REFUSALS: Final[dict[bytes, Refusal]] = {
    b"superseded": "superseded",
    b"wait": "wait",
    b"full": "full",
}
# A refusal has a reason, an answer has sources; neither parses as the other.
_RESULT: Final[TypeAdapter[AnswerCompleted | AnswerRefused]] = TypeAdapter(
    AnswerCompleted | AnswerRefused
)


class RedisTurns:
    """The port `Turns`."""

    def __init__(
        self,
        redis: Redis,
        board: RedisBoard,
        *,
        shards: int = 1,
        max_waiting: int = MAX_WAITING,
        chat_life: timedelta = CHAT_LIFE,
    ) -> None:
        self._redis = redis
        self._board = board
        self._shards = shards
        self._max_waiting = max_waiting
        self._chat_life = chat_life
        # Cast once: redis-py types the reply of a script for both of its clients at once.
        self._begin = cast(Any, redis.register_script(script("begin")))
        self._say = cast(Any, redis.register_script(script("say")))
        self._conclude = cast(Any, redis.register_script(script("conclude")))

    async def begin(self, turn: Turn) -> Run | Conclusion | Refusal:
        shard = self._shard(turn.session_id)
        reply = await self._run(
            self._begin,
            keys=[
                self._lane(turn.session_id, turn.channel),
                self._conclusion(turn.session_id, turn.turn_id),
                stream_key(TurnTaken.event_type, shard),
            ],
            args=[
                turn.channel,
                str(turn.turn_id),
                turn.entry_id,
                int(turn.deadline.timestamp() * 1000),
                GROUP,
                str(turn.session_id),
                self._max_waiting,
                _ms(LANE_LIFETIME),
                _ms(self._chat_life),
            ],
        )
        if reply[0] == b"concluded":
            return Conclusion(_read(reply[1]))
        if reply[0] != b"run":
            return REFUSALS[reply[0]]
        if reply[2]:
            # So that it stops at once; if this gets lost, its next write is refused all the same.
            await self._board.put_lost(turn.session_id, TurnId(UUID(reply[2].decode())))
        return Run(turn, int(reply[1]))

    async def say(self, run: Run, *entries: FeedEntry) -> None:
        session_id = run.turn.session_id
        for entry in entries:
            write = feed_write(session_id, entry, shards=self._shards)
            reply = await self._run(
                self._say,
                keys=[self._lane(session_id, run.turn.channel), write.key],
                args=[
                    str(run.turn.turn_id),
                    run.number,
                    run.said + 1,
                    write.length,
                    write.lifetime_s,
                    write.body,
                ],
            )
            if reply == 0:
                raise LostError("another run or turn holds the lane now")
            run.said += 1
            metrics.add("feed_entries_total", kind=entry.kind)

    async def earlier(self, turn: Turn) -> Sequence[EarlierTurn]:
        rows = cast(
            "list[bytes]", await reply_of(self._redis.lrange(self._told(turn.session_id), 0, -1))
        )
        return tuple(readable("earlier turn", enumerate(rows), _earlier))

    async def conclude(self, run: Run, result: Result) -> Conclusion:
        return await self._end(run.turn.event, run.number, result)

    async def conclude_unheld(self, turn: Turn, result: Result) -> Conclusion:
        return await self._end(turn.event, 0, result)

    async def give_up(self, event: Envelope[TurnTaken], result: AnswerRefused) -> Conclusion:
        return await self._end(event, -1, result)

    async def _end(self, event: Envelope[TurnTaken], run: int, result: Result) -> Conclusion:
        assert event.session_id
        turn = event.data
        entry = Concluded(
            turn_id=turn.turn_id,
            run=max(run, 0),
            answer=result if isinstance(result, AnswerCompleted) else None,
            refusal=result if isinstance(result, AnswerRefused) else None,
            superseded=isinstance(result, Superseded),
        )
        write = feed_write(event.session_id, entry, shards=self._shards)
        reply = await self._run(
            self._conclude,
            keys=[
                self._lane(event.session_id, turn.channel),
                self._conclusion(event.session_id, turn.turn_id),
                write.key,
                self._told(event.session_id),
            ],
            args=[
                str(turn.turn_id),
                run,
                _write(result),
                _ms(LANE_LIFETIME),
                write.length,
                write.lifetime_s,
                write.body,
                _told(turn, result),
                MAX_TOLD,
                _ms(TOLD_LIFETIME),
            ],
        )
        if reply[0] == b"lost":
            raise LostError("another run or turn holds the lane now")
        return Conclusion(_read(reply[1]))

    def _shard(self, session_id: SessionId) -> int:
        return shard_of(str(session_id), self._shards)

    def _lane(self, session_id: SessionId, channel: str) -> str:
        return f"lane:{channel}:{session_id}:{tag(self._shard(session_id))}"

    def _told(self, session_id: SessionId) -> str:
        return f"told:{session_id}:{tag(self._shard(session_id))}"

    def _conclusion(self, session_id: SessionId, turn_id: TurnId) -> str:
        return f"conclusion:{turn_id}:{tag(self._shard(session_id))}"

    @staticmethod
    async def _run(made: Any, *, keys: Sequence[str], args: Sequence[str | bytes | int]) -> Any:
        return await reply_of(made(keys=keys, args=args))


def _ms(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)


def _earlier(row: bytes) -> EarlierTurn:
    question, answer = json.loads(row)
    return EarlierTurn(question, answer)


def _told(turn: TurnTaken, result: Result) -> str:
    """What later turns of the session may lean on: a question and what was said to it."""
    if not isinstance(result, AnswerCompleted):
        return ""
    said = "" if result.abstained else result.text
    return json.dumps([turn.text[:MAX_TOLD_CHARS], said])


def _write(result: Result) -> str:
    if isinstance(result, Superseded):
        return "{}"
    return result.model_dump_json()


def _read(body: bytes) -> Result:
    if body == b"{}":
        return Superseded()
    return _RESULT.validate_json(body)
