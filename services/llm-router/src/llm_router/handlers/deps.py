from dataclasses import dataclass

from llm_router.domain.routing import ModelPolicy
from llm_router.domain.time_limits import Deadlines, EvidenceWaits
from llm_router.ports import Board, Models, PassageSearch, QuestionReader, Tenants, Turns
from runtime.clock import Clock


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
