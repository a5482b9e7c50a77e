"""Identifiers. UUIDs travel as their canonical text; a tenant is an immutable slug."""

from typing import Annotated, NewType
from uuid import UUID

from pydantic import StringConstraints

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
