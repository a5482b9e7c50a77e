"""What a search is made for."""

from typing import Protocol

from contracts.ids import EventId, SessionId, TenantId, TurnId


class Cause(Protocol):
    """Says whom a call to a model is charged to, and for which turn: a fact, or a request."""

    @property
    def id(self) -> EventId: ...

    @property
    def tenant_id(self) -> TenantId: ...

    @property
    def session_id(self) -> SessionId | None: ...

    @property
    def turn_id(self) -> TurnId | None: ...
