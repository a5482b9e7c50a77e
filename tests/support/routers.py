"""A router from its delivery on: real lanes and board, models in the test's hand."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

from redis.asyncio import Redis

from contracts.conversation import (
    TurnTaken,
)
from contracts.errors import UnavailableError
from contracts.fact import Envelope, Fact
from contracts.ids import TenantId
from contracts.knowledge import Passage, PassagesFound
from contracts.tenants import TenantState
from contracts.vision import FrameDescribed
from llm_router.adapters.redis_board import RedisBoard
from llm_router.adapters.redis_turns import RedisTurns
from llm_router.domain.evidence import Evidence
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.turn import Ask, Policy, Tier
from llm_router.handlers import (
    Answering,
    Deadlines,
    Waits,
    on_frame_described,
    on_passages_found,
    on_turn_taken,
)
from llm_router.ports import Work
from runtime.clock import SystemClock
from runtime.latest import Latest
from support.turns import (
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
    cancelled: int = 0

    async def ask(self, asked: Ask, work: Work) -> Reply | Failure:
        self.asked.append(asked)
        try:
            if self.hold:
                await self.hold.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.replies:
            return self.replies.pop(0)
        return Reply("The documents don't say.", abstained=True, support=0.9, took_ms=1)

    @property
    def evidence(self) -> Evidence:
        return self.asked[-1].evidence


@dataclass
class Shelf:
    """The documents as a search finds them; None: the search is down."""

    passages: Sequence[Passage] | None = ()
    looked_up: list[str] = field(default_factory=list[str])

    async def search(self, tenant_id: TenantId, text: str, *, limit: int) -> Sequence[Passage]:
        self.looked_up.append(text)
        if self.passages is None:
            raise UnavailableError("down")
        return self.passages[:limit]


@dataclass
class Router:
    """One process's worth of router."""

    answering: Answering
    models: ScriptedModels
    shelf: Shelf

    async def take(self, turn: TurnTaken, entry_id: str) -> Sequence[Fact]:
        event = cast("Envelope[TurnTaken]", enveloped(turn))
        return await on_turn_taken(event, HeldDelivery(entry_id), answering=self.answering)

    async def finds(self, fact: PassagesFound) -> None:
        event = cast("Envelope[PassagesFound]", enveloped(fact))
        await on_passages_found(event, board=self.answering.board)

    async def sees(self, fact: FrameDescribed) -> None:
        event = cast("Envelope[FrameDescribed]", enveloped(fact))
        await on_frame_described(event, board=self.answering.board)


def a_router(redis: Redis, *, passages_ms: int = 3_000, screen_ms: int = 3_000) -> Router:
    """On a real Redis; waits are generous unless the test says."""
    board = RedisBoard(redis)
    models, shelf = ScriptedModels(), Shelf()
    answering = Answering(
        turns=RedisTurns(redis, board),
        board=board,
        models=models,
        knowledge=shelf,
        tenants=Latest(redis, TenantState.model_validate_json, SystemClock()),
        clock=SystemClock(),
        policy=Policy((Tier("only", ("test:model",)),)),
        waits=Waits(passages_ms, screen_ms, keep_ms=500),
        deadlines=Deadlines(timedelta(seconds=8), timedelta(seconds=60), timedelta(seconds=15)),
    )
    return Router(answering, models, shelf)


def now(number: int = 0, *, before: timedelta = timedelta(0)) -> str:
    return entry(datetime.now(UTC), number, before=before)  # noqa: TID251 - the server's own time
