"""Notices on their way to tenants' webhooks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from contracts.fact import Envelope
from contracts.http import WebhookState
from contracts.ids import KeyId, TenantId


@dataclass(frozen=True)
class OutboundWebhook:
    """Where a tenant is told, and what signs it."""

    url: str
    secret: str


@dataclass(frozen=True)
class ClaimedDelivery:
    """A delivery that this process tries now.

    Attributes:
        body: what is sent, the same at every try.
        attempts: this one included.
        to: None: the tenant has no webhook any more.
    """

    body: str
    attempts: int
    to: OutboundWebhook | None


@dataclass(frozen=True)
class SendResult:
    """How one try ended.

    Attributes:
        problem: None: it was delivered. Else why not, in one sentence without content.
        is_final: trying again is of no use.
    """

    problem: str | None = None
    is_final: bool = False


class WebhookSender(Protocol):
    """Sends what is signed, to where it may go."""

    async def check(self, url: str) -> str | None:
        """Why it may not go there, in one sentence; None: it may."""
        ...

    async def send(self, to: OutboundWebhook, message_id: UUID, body: str) -> SendResult:
        """One try. Never raises for what the receiver or the network does."""
        ...


class OutboundWebhooks(Protocol):
    """Tenants' webhooks, and what is to be sent to them."""

    async def get(self, tenant_id: TenantId) -> WebhookState: ...

    async def put(
        self, tenant_id: TenantId, webhook: OutboundWebhook, *, at: datetime, by: KeyId
    ) -> None:
        """In place of an earlier one."""
        ...

    async def remove(self, tenant_id: TenantId) -> None:
        """What waits is given up when its turn comes."""
        ...

    async def add_notice(self, event: Envelope[Any], body: str, *, at: datetime) -> bool:
        """Keep a notice, and queue it where there is a webhook; twice changes nothing.

        Returns:
            False: there is a webhook, and too much waits for it already: given up at once.
        """
        ...

    async def due(self, at: datetime, limit: int) -> Sequence[tuple[TenantId, UUID]]:
        """Of all tenants, the longest due first."""
        ...

    async def claim(
        self, tenant_id: TenantId, event_id: UUID, *, at: datetime, until: datetime
    ) -> ClaimedDelivery | None:
        """It is due again at `until`, should this process die. None: another one has it."""
        ...

    async def retry(
        self, tenant_id: TenantId, event_id: UUID, problem: str, *, due_at: datetime
    ) -> None: ...

    async def settle(self, tenant_id: TenantId, event_id: UUID, problem: str | None) -> None:
        """It was delivered; or, with a problem, is given up."""
        ...
