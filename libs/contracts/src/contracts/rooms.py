"""Live meetings: how a LiveKit room is named, what an agent is told of it, how it says it lives."""

import re
from typing import Final, NamedTuple

from pydantic import AwareDatetime, Field

from contracts.fact import Model
from contracts.ids import TENANT_PATTERN, SessionId, TenantId, TenantSlug

AGENT_NAME: Final = "parley"
"""Explicit dispatch only: LiveKit sends no agent that was not asked for by this name."""

SPOKEN_NAME: Final = "Parley"
"""What a room of several calls the agent by; who can listen for words is told to listen for it."""

ROOM_SLUG_PATTERN: Final = r"^[a-z0-9][a-z0-9-]{0,63}$"

HEARTBEAT_S: Final = 1.0
"""An agent in a room says that it lives this often ..."""

HEARTBEAT_LIFETIME_S: Final = 3.0
"""... and is taken for dead when it did not for so long."""

WORKERS_KEY: Final = "agents:workers"
"""Redis key: a number that each worker raises when LiveKit knows it. LiveKit forgets what no worker
took, so what was asked for before the newest came is asked for again."""


class RoomName(NamedTuple):
    """The two parts of a room's name in LiveKit, which is one space for all tenants."""

    tenant_id: TenantId
    slug: str

    def __str__(self) -> str:
        return f"tenant_{self.tenant_id}_{self.slug}"


def parse_room_name(name: str) -> RoomName | None:
    """None for a room that is not ours. A tenant has no `_`, so the parts are certain."""
    prefix, _, rest = name.partition("_")
    tenant_id, _, slug = rest.partition("_")
    ours = (
        prefix == "tenant"
        and re.fullmatch(TENANT_PATTERN, tenant_id)
        and re.fullmatch(ROOM_SLUG_PATTERN, slug)
    )
    return RoomName(TenantId(tenant_id), slug) if ours else None


class Dispatch(Model):
    """What the gateway tells an agent, as signed text (runtime.auth) in the job's metadata."""

    tenant_id: TenantSlug
    session_id: SessionId
    room: str = Field(description="The whole name; it must be the name of the job's room.")
    opened_at: AwareDatetime = Field(
        description="Of the session: the zero of `SessionMs`, for each agent that takes the room."
    )
    title: str = Field(max_length=200)


def heartbeat_key(room: str, identity: str) -> str:
    """Redis key that an agent sets anew every HEARTBEAT_S, with HEARTBEAT_LIFETIME_S to live.

    Args:
        room: whole name.
        identity: the agent's in the room, `agent-<job id>`.
    """
    return f"agent:{room}:{identity}"
