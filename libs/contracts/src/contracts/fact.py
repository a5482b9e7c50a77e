"""What every fact has in common: a frozen model, and the envelope it travels in."""

from typing import ClassVar, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.ids import EventId, SessionId, TenantSlug, TurnId


class Model(BaseModel):
    """Immutable; keys of a newer writer are ignored, so optional fields can be added."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="constants")


class Fact(Model):
    """Something that happened, in the past tense. One class is one version of one event type."""

    event_type: ClassVar[str]

    @property
    def key(self) -> str:
        """Tells this fact from others of its type with the same cause; made from the content.

        The derived event id is built from it, so it must be the same at every redelivery:
        never a running count, never a time of the clock.
        """
        return ""

    @property
    def turn(self) -> TurnId | None:
        """The turn that the fact belongs to; None when it belongs to none."""
        return None


class TurnFact(Fact):
    """A fact about one turn, which its key names: of each type there is one a cause and turn."""

    turn_id: TurnId

    @property
    def key(self) -> str:
        return str(self.turn_id)

    @property
    def turn(self) -> TurnId:
        return self.turn_id


FactT_co = TypeVar("FactT_co", bound=Fact, covariant=True)


class Envelope(Model, Generic[FactT_co]):
    """A fact with its origin. `id` is UUIDv7 for a first cause, else derived from the cause."""

    id: EventId
    type: str = Field(description="`<owner>.<what_happened>.v<n>`")
    tenant_id: TenantSlug
    session_id: SessionId | None = None
    turn_id: TurnId | None = None
    occurred_at: AwareDatetime
    cause_id: EventId | None = Field(default=None, description="The fact this one follows from.")
    traceparent: str | None = Field(default=None, description="W3C Trace Context.")
    data: FactT_co

    @property
    def ordering_key(self) -> str:
        """Session where there is one, else tenant: what decides the shard."""
        return str(self.session_id or self.tenant_id)
