"""Where a tenant is told of its budget."""

import base64
import secrets
from dataclasses import dataclass
from typing import Final

from contracts.errors import RejectedError
from contracts.http import WebhookBody, WebhookCreated, WebhookState
from contracts.ids import KeyId
from gateway.domain.callers import Caller
from gateway.ports.outbound_webhooks import OutboundWebhook, OutboundWebhooks, WebhookSender
from runtime.clock import Clock

SECRET_BYTES: Final = 32
"""Standard Webhooks: between 24 and 64."""


@dataclass(frozen=True)
class OutboundWebhookService:
    """One webhook a tenant; its secret is shown when it is made and never again."""

    store: OutboundWebhooks
    sender: WebhookSender
    clock: Clock

    async def get(self, caller: Caller) -> WebhookState:
        """For administrators: an address may hold what lets its sender in."""
        caller.require("admin")
        return await self.store.get(caller.tenant_id)

    async def set(self, caller: Caller, body: WebhookBody) -> WebhookCreated:
        """Raises RejectedError("webhook_refused") when nothing may be sent there."""
        caller.require("admin")
        problem = await self.sender.check(body.url)
        if problem is not None:
            raise RejectedError(problem, code="webhook_refused")
        secret = f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"
        await self.store.put(
            caller.tenant_id,
            OutboundWebhook(body.url, secret),
            at=self.clock.now(),
            by=KeyId(caller.key_id),
        )
        state = await self.store.get(caller.tenant_id)
        return WebhookCreated.model_validate({**dict(state), "url": body.url, "secret": secret})

    async def remove(self, caller: Caller) -> None:
        caller.require("admin")
        await self.store.remove(caller.tenant_id)
