"""What live meetings need of the outside; as everywhere, a method may raise UnavailableError."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

from contracts.ids import SessionId, TenantId
from gateway.domain.rooms import Participant, Person, RoomEvent, RoomRow


class RoomStore(Protocol):
    """Rooms as they are kept; a session has one at a time."""

    async def add(self, room: RoomRow, *, at_most: int) -> Literal["added", "known", "full"]:
        """Or why not: its session has one by now, or so many of the tenant's are open.

        However many ask at the same time.
        """
        ...

    async def count(self, tenant_id: TenantId) -> int:
        """Of a tenant's open ones."""
        ...

    async def find(self, tenant_id: TenantId, slug: str) -> RoomRow | None:
        """Deleted ones too."""
        ...

    async def of_session(self, tenant_id: TenantId, session_id: SessionId) -> RoomRow | None: ...

    async def newest(
        self, tenant_id: TenantId, *, limit: int, before: str | None
    ) -> Sequence[RoomRow]:
        """Open ones, newest first; `before` a slug, which need not exist."""
        ...

    async def delete(self, tenant_id: TenantId, slug: str, at: datetime) -> None: ...


class LiveRooms(Protocol):
    """The LiveKit server. Rooms by their whole name; one that is not there is no failure."""

    async def ensure(self, room: RoomRow) -> None: ...

    async def people(self, names: Sequence[str] | None = None) -> Mapping[str, int]:
        """How many are in each room that is there: all of them, or of these."""
        ...

    async def participants(self, name: str) -> Sequence[Participant]: ...

    async def dispatch_agent(self, name: str, metadata: str) -> None: ...

    async def remove(self, name: str, identity: str) -> None: ...

    async def end(self, name: str) -> None: ...

    def token(self, room: RoomRow, person: Person, *, camera: bool) -> str:
        """Joins this room and nothing else, for a few minutes."""
        ...

    def require_signature(self, signature: str) -> None:
        """Of a webhook whose body is still to come; raises RejectedError("unauthorized")."""
        ...

    def event_of(self, body: bytes, signature: str) -> RoomEvent:
        """What a webhook says; RejectedError("unauthorized") when LiveKit did not sign it."""
        ...


class AgentRegistry(Protocol):
    """What the gateway's processes agree on about live meetings, and which agents live."""

    async def lead(self) -> Literal["kept", "taken", "other"]:
        """Be the one process that repairs rooms: still, from now on, or another is."""
        ...

    async def heartbeats(self, agents: Sequence[tuple[str, str]]) -> Sequence[bool]:
        """Which of these gave a heartbeat lately; by room and identity."""
        ...

    async def register(self, room: str, agent: str) -> None:
        """This one is the room's agent."""
        ...

    async def is_returning(self, room: str) -> bool:
        """Whether the agent that was the room's a moment ago still lives."""
        ...

    async def may_dispatch(self, room: str) -> bool:
        """True once every few seconds, as an agent takes a moment to come, and for a new worker."""
        ...

    async def is_new_event(self, event_id: str) -> bool:
        """False for a webhook that was here already."""
        ...
