"""Identifiers and times. UUIDs travel as their canonical text; a tenant is an immutable slug."""

from typing import Annotated, NewType
from uuid import UUID

from pydantic import Field, StringConstraints

TenantId = NewType("TenantId", str)
EventId = NewType("EventId", UUID)
SessionId = NewType("SessionId", UUID)
TurnId = NewType("TurnId", UUID)
FrameId = NewType("FrameId", UUID)
DocumentId = NewType("DocumentId", UUID)
UsageId = NewType("UsageId", UUID)
KeyId = NewType("KeyId", UUID)

TENANT_PATTERN = r"^[a-z0-9][a-z0-9-]{0,39}$"
"""No underscore, because `_` separates the parts of a room's name `tenant_{tenant}_{room}`."""

TenantSlug = Annotated[TenantId, StringConstraints(pattern=TENANT_PATTERN)]

SessionMs = Annotated[int, Field(ge=0)]
"""Milliseconds since the start of the session (for a recording: of the recording).

Every time that ends in `_ms` has this zero; `took_ms`, `latency_ms` and `duration_ms` are lengths.
A live meeting counts from the opening of its session, whichever agent is in the room, so its first
agent joins some time after zero.
"""
