"""Rooms of live meetings, and who is let into them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from contracts.fact import Model
from contracts.http import PersonName, RoomSlug
from contracts.ids import KeyId, SessionId, TenantId, TenantSlug
from contracts.rooms import RoomName
from gateway.domain.session_history import SessionRow

INVITE_LIFETIME_S: Final = 7 * 24 * 3600
GUEST_LIFETIME_S: Final = 12 * 3600


@dataclass(frozen=True)
class RoomRow:
    """A room as it is kept, with its session."""

    tenant_id: TenantId
    slug: str
    session: SessionRow
    max_participants: int
    created_at: datetime
    deleted_at: datetime | None = None

    @property
    def name(self) -> str:
        """The whole name, as LiveKit has it."""
        return str(RoomName(self.tenant_id, self.slug))

    @property
    def is_open(self) -> bool:
        """A meeting ends with its room, or with its session."""
        return self.deleted_at is None and self.session.closed_at is None


class Person(NamedTuple):
    """A human being in a room. `identity` is unique there, `name` need not be."""

    identity: str
    name: str


class Participant(NamedTuple):
    """Whoever is in a room, as LiveKit sees it. `joined_at_ms` is by LiveKit's own clock."""

    identity: str
    is_agent: bool
    joined_at_ms: int


class RoomEvent(NamedTuple):
    """What a webhook of LiveKit says: `kind` is its own word, such as `participant_joined`."""

    event_id: str
    kind: str
    room: str
    by_person: bool


class Invitation(Model):
    """What `join_url` carries, signed: who has it may join this room as a guest.

    `key_id` is the key that made it, and is in force as long as that is. Invitations of before
    there was one have None; they end within `INVITE_LIFETIME_S`.
    """

    tenant_id: TenantSlug
    slug: RoomSlug
    session_id: SessionId
    expires_s: int
    key_id: KeyId | None = None


class Guest(Model):
    """What a guest's cookie carries, signed: one person, one room, one session, by one key."""

    tenant_id: TenantSlug
    slug: RoomSlug
    session_id: SessionId
    identity: str
    name: PersonName
    expires_s: int
    key_id: KeyId | None = None
