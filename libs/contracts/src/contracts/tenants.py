"""Tenants: what each may have, how Parley behaves for it, and the keys that open its door.

The gateway owns them. It writes the whole state to PostgreSQL with a version and copies it to the
Redis key `config_key(tenant)`, where every other service reads it (runtime.latest).
"""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field

from contracts.fact import Model
from contracts.ids import KeyId, TenantId, TenantSlug
from contracts.sessions import Addressing

Plan = Literal["free", "professional", "enterprise"]
Scope = Literal["read", "write", "admin"]
"""What a key may do; each includes the one before it."""

RoomAddressing = Literal["auto", Addressing]


class PlanLimits(Model):
    """What a plan allows. Windows slide, so a minute is any 60 seconds."""

    requests_per_minute: int = Field(description="Of all requests together.")
    questions_per_minute: int = Field(description="Of written questions.")
    event_streams: int = Field(description="Open at the same time, in one process.")
    rooms: int = Field(description="Live meetings at the same time.")
    knowledge_limit: int = Field(
        description="Passages of the documents that an answer may stand on, and that a search "
        "finds at most."
    )
    premium_voice: bool = Field(description="Answers are spoken with the premium voice.")


PLANS: Final[dict[Plan, PlanLimits]] = {
    "free": PlanLimits(
        requests_per_minute=120,
        questions_per_minute=20,
        event_streams=5,
        rooms=1,
        knowledge_limit=3,
        premium_voice=False,
    ),
    "professional": PlanLimits(
        requests_per_minute=1_200,
        questions_per_minute=120,
        event_streams=50,
        rooms=20,
        knowledge_limit=5,
        premium_voice=False,
    ),
    "enterprise": PlanLimits(
        requests_per_minute=60_000,
        questions_per_minute=6_000,
        event_streams=500,
        rooms=500,
        knowledge_limit=10,
        premium_voice=True,
    ),
}

RoutingPolicy = Literal["attempt", "complexity", "weighted", "hybrid"]
DescribePolicy = Literal["lazy", "adaptive", "eager"]


def _whole(weights: tuple[int, int, int]) -> tuple[int, int, int]:
    if sum(weights) != WHOLE:
        raise ValueError(f"the three weights are percents: they add up to 100, not {sum(weights)}")
    return weights


WHOLE: Final = 100
Percent = Annotated[int, Field(ge=0, le=WHOLE)]
Weights = Annotated[tuple[Percent, Percent, Percent], AfterValidator(_whole)]
"""Of the weakest, the middle and the strongest models, in percent."""


class TenantConfig(Model):
    """What a tenant's own administrator decides."""

    instructions: str = Field(
        default="",
        max_length=4_000,
        description="Told to every language model that answers, as the tenant's own wish: tone, "
        "names, what to leave out. The offline answerer quotes, and cannot follow them.",
    )
    personality: str = Field(
        default="",
        max_length=500,
        description="How Parley comes across, told beside the `instructions`: warm, dry, brief.",
    )
    language: str = Field(
        default="en",
        max_length=2,
        pattern="^[a-z]{2}$",
        description="ISO 639-1 code of the language in which Parley speaks of itself: why there is "
        "no answer, that it is looking. Known: `de`, `en`, `es`, `fr`, `ja`, `zh`; others fall "
        "back to English. A language model answers in the language of the question, and in this "
        "one where that is unclear.",
    )
    policy: RoutingPolicy = Field(
        default="attempt",
        description="Which models are asked: `attempt` begins with the cheapest and asks a "
        "stronger one when the answer is not good enough; `complexity` lets a score of question "
        "and evidence, 0 to 18, choose, and stays; `weighted` chooses by the score too, so that "
        "the `weights` are kept; `hybrid` begins as `complexity` and goes on as `attempt`. "
        "Offline there is one model, and every policy leads to it.",
    )
    weights: Weights = Field(
        default=(60, 25, 15),
        description="For `weighted`: percent of the questions for the weakest, the middle and the "
        "strongest models; they add up to 100.",
    )
    offline_last_resort: bool = Field(
        default=True,
        description="When every provider fails, the offline answerer quotes the documents and the "
        "screen; otherwise the question is refused in words.",
    )
    knowledge: bool = Field(default=True, description="Answers may stand on the documents.")
    addressing: Addressing = Field(
        default="question",
        description="Which speech of a recording is a question to Parley, unless its upload says: "
        "`always` all of it, `name` what names Parley, `question` what is a question.",
    )
    room_addressing: RoomAddressing = Field(
        default="auto",
        description="Which speech of a live meeting is a question to Parley: as above, or `auto`, "
        "which is `always` for one person alone and `name` for several.",
    )
    welcome: str = Field(
        default="Hello, I am Parley. Ask me about your documents, or about the screen you share.",
        max_length=300,
        description="Said to the first person in a live meeting; empty says nothing.",
    )
    vision: bool = Field(default=True, description="Shared screens of live meetings are looked at.")
    describe: DescribePolicy = Field(
        default="lazy",
        description="Which kept frames a vision model describes in a few sentences, ahead of any "
        "question: `eager` each, `adaptive` those whose text or picture moved much since the last "
        "one described, `lazy` none: then pictures go to a model when a question needs them. What "
        "is not described has its text all the same. Without a provider's key no frame is.",
    )
    camera: bool = Field(
        default=False, description="People may show themselves to each other; Parley never looks."
    )
    consent: bool = Field(
        default=False,
        description="Who joins a live meeting must first agree to be heard and seen by Parley.",
    )
    idle_close_minutes: int = Field(
        default=240,
        ge=5,
        le=10_080,
        description="A session in which nothing happens for so long closes by itself.",
    )
    retention_days: int = Field(
        default=365,
        ge=1,
        le=3_650,
        description="So long after its end a session is forgotten: what was said, asked, answered "
        "and uploaded to it. Documents and the ledger stay.",
    )


class TenantConfigBody(TenantConfig):
    """The whole configuration; what is left out gets its default, what is unknown is refused."""

    model_config = ConfigDict(extra="forbid")


class TenantState(Model):
    """One tenant, as every service may read it."""

    tenant_id: TenantSlug
    name: str
    tier: Plan
    version: int = Field(ge=1, description="Counts up with every change.")
    config: TenantConfig = TenantConfig()

    @property
    def limits(self) -> PlanLimits:
        return PLANS[self.tier]


def config_key(tenant_id: TenantId) -> str:
    """Redis key of a tenant's state, as JSON."""
    return f"tenant:{tenant_id}:config"


class KeyBody(Model):
    """Make a key."""

    scopes: tuple[Scope, ...] = Field(default=("read", "write"), min_length=1, max_length=3)


class KeyState(Model):
    """One key, without its text, which is kept nowhere."""

    key_id: KeyId
    tenant_id: TenantSlug
    scopes: tuple[Scope, ...]
    created_at: AwareDatetime
    revoked_at: AwareDatetime | None = Field(default=None, description="None while in force.")


class KeyCreated(KeyState):
    """A new key. Its text is shown this once."""

    key: str


class Keys(Model):
    """A tenant's keys, newest first."""

    keys: tuple[KeyState, ...]
