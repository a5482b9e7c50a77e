import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from contracts.budgets import STEPS, BudgetStep
from contracts.ids import TenantId
from contracts.tenants import config_key
from llm_router.domain.routing import ModelPolicy
from llm_router.domain.tenant_policy import TenantPolicy, tenant_policy_of
from llm_router.domain.time_limits import Deadlines, EvidenceWaits
from llm_router.ports import Board, Models, PassageSearch, QuestionReader, Tenants, Turns
from runtime.clock import Clock

CHEAPER: Final = STEPS.index("cheaper")
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
    budget_step: Callable[[TenantId], Awaitable[BudgetStep]]
    waiting_long: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(MAX_WAITING_LONG)
    )

    async def tenant_policy(self, tenant_id: TenantId) -> TenantPolicy:
        """As the tenant is configured now."""
        return tenant_policy_of(await self.tenants.get(config_key(tenant_id)))

    def policy_at(self, step: BudgetStep) -> ModelPolicy:
        """Which models may be asked where the budget stands there."""
        saves = STEPS.index(step) >= CHEAPER
        return self.policy.weakest_alone() if saves else self.policy
