"""What a live meeting is attended with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from contracts.budgets import BudgetStep
from contracts.errors import UnavailableError
from contracts.ids import SessionId
from contracts.tenants import TenantConfig, TenantState
from media_agent.live.outbox import LiveOutbox
from media_agent.live.own_words import OwnWords
from media_agent.live.speech_problems import SpeechProblems
from media_agent.ports.coordination import AgentCoordination
from media_agent.ports.outbox import Follow
from media_agent.ports.room import LiveRoom
from media_agent.ports.screen import ScreenWatcher
from media_agent.ports.speech import MeetingSpeech
from runtime.clock import Clock

Tenant = Callable[[], Awaitable[TenantState | None]]
Newest = Callable[[SessionId], Awaitable[str | None]]


@dataclass(frozen=True)
class MeetingDeps:
    """Everything that a live meeting is attended with.

    Attributes:
        follow: the session's feed after an entry, then what comes.
        newest: id of the newest entry.
        tenant: as it is now; None when it was never known, then defaults hold.
        speech: ears and voice.
        speech_problems: what the speech providers report.
        budget_step: where the tenant stands on the ladder, now.
        own_words: in the language of the configuration that was last asked for.
        filler_after_s: of silence after a question, before a short sentence fills it.
    """

    room: LiveRoom
    outbox: LiveOutbox
    coordination: AgentCoordination
    follow: Follow
    newest: Newest
    tenant: Tenant
    screens: ScreenWatcher
    speech: MeetingSpeech
    speech_problems: SpeechProblems
    budget_step: Callable[[], Awaitable[BudgetStep]]
    clock: Clock
    filler_after_s: float = 0.9
    own_words: OwnWords = field(default_factory=OwnWords)

    async def config(self) -> TenantConfig:
        """What the tenant has configured, as it is now."""
        tenant = await self.tenant()
        config = TenantConfig() if tenant is None else tenant.config
        self.own_words.follow(config)
        return config

    async def is_first(self, what: str) -> bool:
        """Whether no other agent did it in this session; False while Redis is away."""
        try:
            return await self.coordination.first(what)
        except UnavailableError:
            return False
