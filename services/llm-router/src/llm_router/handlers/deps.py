import asyncio
from dataclasses import dataclass, field
from typing import Final

from llm_router.domain.routing import ModelPolicy
from llm_router.domain.time_limits import Deadlines, EvidenceWaits
from llm_router.ports import Board, Models, PassageSearch, QuestionReader, Tenants, Turns
from runtime.clock import Clock

MAX_WAITING_LONG: Final = 256
"""Turns of this process that wait for evidence without a slot; more are answered without it."""


@dataclass(frozen=True)
class AnsweringDeps:
    """What the owner of a turn needs."""

    turns: Turns
    board: Board
    reader: QuestionReader
    models: Models
    passage_search: PassageSearch
    tenants: Tenants
    clock: Clock
    policy: ModelPolicy
    waits: EvidenceWaits
    deadlines: Deadlines
    waiting_long: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(MAX_WAITING_LONG)
    )
