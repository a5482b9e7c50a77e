"""Facts of our own, on their way to the bus."""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from contracts.fact import Envelope, Fact
from contracts.ids import SessionId, TenantId


class Outbox(Protocol):
    """Facts of our own: saved in the transaction of their rows, published from here."""

    def envelope(
        self,
        fact: Fact,
        *,
        tenant_id: TenantId,
        session_id: SessionId | None = None,
        event_id: UUID | None = None,
    ) -> Envelope[Any]:
        """A first cause; a new id unless one is given."""
        ...

    async def publish(self, event: Envelope[Any]) -> None:
        """Publish a saved fact; never raises UnavailableError: the sweep comes after."""
        ...

    async def publish_overdue(self, *, before: datetime) -> int:
        """Publish what was saved before then and is still there; how many that were.

        One that cannot be read is set aside, and keeps no other waiting.
        """
        ...
