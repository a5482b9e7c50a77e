"""A router from its delivery on: real lanes and board, models in the test's hand."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

from redis.asyncio import Redis

from answering.evidence import Evidence
from contracts.conversation import (
    TurnTaken,
)
from contracts.errors import UnavailableError
from contracts.fact import Envelope, Fact
from contracts.ids import TurnId
from contracts.knowledge import Passage, PassagesFound
from contracts.tenants import TenantState
from contracts.vision import FrameDescribed
from llm_router.adapters.read_questions import ReadQuestions
from llm_router.adapters.redis_board import RedisBoard
from llm_router.adapters.redis_turns import RedisTurns
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.routing import ModelPolicy, Tier
from llm_router.domain.time_limits import Deadlines, EvidenceWaits
from llm_router.domain.turn import Ask
from llm_router.handlers import (
    AnsweringDeps,
    on_frame_described,
    on_passages_found,
    on_turn_taken,
)
from llm_router.ports import CallScope, Turn
from runtime.clock import SystemClock
from runtime.latest import Latest
from support.router.turns import (
    HeldDelivery,
    entry,
    enveloped,
)


@dataclass
class ScriptedModels:
    """Abstains, or fails, when the test says so; remembers what it was asked."""

    asked: list[Ask] = field(default_factory=list[Ask])
    hold: asyncio.Event | None = None
    replies: list[Reply | Failure] = field(default_factory=list[Reply | Failure])
    cancelled: list[TurnId] = field(default_factory=list[TurnId])

    async def ask(self, asked: Ask, scope: CallScope) -> Reply | Failure:
        self.asked.append(asked)
        try:
            if self.hold:
                await self.hold.wait()
        except asyncio.CancelledError:
            self.cancelled.append(asked.turn.turn_id)
            raise
        if self.replies:
            return self.replies.pop(0)
        return Reply("The documents don't say.", abstained=True, support=0.9, took_ms=1)

    @property
    def evidence(self) -> Evidence:
        return self.asked[-1].evidence


@dataclass
class FakePassageSearch:
    """The documents as a search finds them; None: the search is down."""

    passages: Sequence[Passage] | None = ()
    looked_up: list[str] = field(default_factory=list[str])

    async def search(self, turn: Turn, text: str, *, limit: int) -> Sequence[Passage]:
        self.looked_up.append(text)
        if self.passages is None:
            raise UnavailableError("down")
        return self.passages[:limit]


@dataclass
class Router:
    """One process's worth of router."""

    deps: AnsweringDeps
    models: ScriptedModels
    passage_search: FakePassageSearch

    async def take(self, turn: TurnTaken, entry_id: str) -> Sequence[Fact]:
        event = cast("Envelope[TurnTaken]", enveloped(turn))
        return await on_turn_taken(event, HeldDelivery(entry_id), deps=self.deps)

    async def finds(self, fact: PassagesFound) -> None:
        event = cast("Envelope[PassagesFound]", enveloped(fact))
        await on_passages_found(event, board=self.deps.board)

    async def sees(self, fact: FrameDescribed) -> None:
        event = cast("Envelope[FrameDescribed]", enveloped(fact))
        await on_frame_described(event, board=self.deps.board)


def a_router(redis: Redis, *, passages_ms: int = 3_000, screen_ms: int = 3_000) -> Router:
    """On a real Redis; waits are generous unless the test says."""
    board = RedisBoard(redis)
    models, passage_search = ScriptedModels(), FakePassageSearch()
    deps = AnsweringDeps(
        turns=RedisTurns(redis, board),
        board=board,
        models=models,
        reader=ReadQuestions(),
        passage_search=passage_search,
        tenants=Latest(redis, TenantState.model_validate_json, SystemClock()),
        clock=SystemClock(),
        policy=ModelPolicy((Tier("only", ("test:model",)),)),
        waits=EvidenceWaits(passages_ms, screen_ms, keep_ms=500),
        deadlines=Deadlines(timedelta(seconds=8), timedelta(seconds=60), timedelta(seconds=15)),
    )
    return Router(deps, models, passage_search)


def now(number: int = 0, *, before: timedelta = timedelta(0)) -> str:
    return entry(datetime.now(UTC), number, before=before)  # noqa: TID251 - the server's own time
