"""Tenants: what each may have, how Parley behaves for it, and the keys that open its door.

The gateway owns them. It writes the whole state to PostgreSQL with a version and copies it to the
Redis key `config_key(tenant)`, where every other service reads it (runtime.latest).
"""

from typing import Final, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from contracts.fact import Model
from contracts.ids import KeyId, TenantId, TenantSlug
from contracts.sessions import Addressing

Tier = Literal["free", "professional", "enterprise"]
Scope = Literal["read", "write", "admin"]
"""What a key may do; each includes the one before it."""

RoomAddressing = Literal["auto"] | Addressing


class TierLimits(Model):
    """What a tier may take. Windows slide, so a minute is any 60 seconds."""

    requests_per_minute: int = Field(description="Of all requests together.")
    questions_per_minute: int = Field(description="Of written questions.")
    event_streams: int = Field(description="Open at the same time, in one process.")


TIERS: Final[dict[Tier, TierLimits]] = {
    "free": TierLimits(requests_per_minute=120, questions_per_minute=20, event_streams=5),
    "professional": TierLimits(
        requests_per_minute=1_200, questions_per_minute=120, event_streams=50
    ),
    "enterprise": TierLimits(
        requests_per_minute=60_000, questions_per_minute=6_000, event_streams=500
    ),
}


class TenantConfig(Model):
    """What a tenant's own administrator decides."""

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


class TenantConfigBody(TenantConfig):
    """The whole configuration; what is left out gets its default, what is unknown is refused."""

    model_config = ConfigDict(extra="forbid")


class TenantState(Model):
    """One tenant, as every service may read it."""

    tenant_id: TenantSlug
    name: str
    tier: Tier
    version: int = Field(ge=1, description="Counts up with every change.")
    config: TenantConfig = TenantConfig()

    @property
    def limits(self) -> TierLimits:
        return TIERS[self.tier]


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
