"""What metering tells of budgets: kept for the pages, and sent to tenants' webhooks."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from contracts.fact import Envelope, Fact
from contracts.ids import TenantId
from gateway.domain.budgets.webhooks import message_of, pause_after
from gateway.ports.outbound_webhooks import (
    ClaimedDelivery,
    OutboundWebhooks,
    SendResult,
    WebhookSender,
)
from runtime.bad_rows import BadRows
from runtime.clock import Clock
from runtime.telemetry import metrics

AT_ONCE: Final = 100
LEASE: Final = timedelta(minutes=1)
"""Longer than a try may last; what a process that died had claimed is due again then."""
NO_WEBHOOK: Final = "The webhook was removed."


async def on_budget_news(
    event: Envelope[Any], *, webhooks: OutboundWebhooks, clock: Clock
) -> Sequence[Fact]:
    if not await webhooks.add_notice(event, message_of(event), at=clock.now()):
        metrics.add("webhook_deliveries_total", outcome="given_up")
    return []


async def send_due_webhooks(
    *, webhooks: OutboundWebhooks, sender: WebhookSender, clock: Clock, bad: BadRows
) -> None:
    """Try what is due, each tenant by itself: one that does not answer keeps no other waiting."""
    due = [one for one in await webhooks.due(clock.now(), AT_ONCE + len(bad)) if one[1] not in bad]
    due.sort(key=lambda one: one[0])
    async with asyncio.TaskGroup() as tenants:
        for tenant_id, rows in groupby(due, lambda one: one[0]):
            outgoing = _Outgoing(tenant_id, webhooks, sender, clock)
            tenants.create_task(outgoing.send([event_id for _, event_id in rows], bad))


class _Outgoing:
    """What goes to one tenant's webhook in one round."""

    def __init__(
        self, tenant_id: TenantId, webhooks: OutboundWebhooks, sender: WebhookSender, clock: Clock
    ) -> None:
        self._tenant_id = tenant_id
        self._webhooks = webhooks
        self._sender = sender
        self._clock = clock

    async def send(self, event_ids: Sequence[UUID], bad: BadRows) -> None:
        """In order; what comes after one that failed waits for the next round."""
        for event_id in event_ids:
            with bad.row(event_id):
                if not await self._send(event_id):
                    return

    async def _send(self, event_id: UUID) -> bool:
        now = self._clock.now()
        claimed = await self._webhooks.claim(self._tenant_id, event_id, at=now, until=now + LEASE)
        if claimed is None:
            return True
        if claimed.to is None:
            result = SendResult(NO_WEBHOOK, is_final=True)
        else:
            result = await self._sender.send(claimed.to, event_id, claimed.body)
        return await self._note(event_id, claimed, result)

    async def _note(self, event_id: UUID, claimed: ClaimedDelivery, result: SendResult) -> bool:
        """True: it was delivered."""
        pause = None if result.is_final else pause_after(claimed.attempts)
        if result.problem is not None and pause is not None:
            due_at = self._clock.now() + pause
            await self._webhooks.retry(self._tenant_id, event_id, result.problem, due_at=due_at)
            metrics.add("webhook_deliveries_total", outcome="retried")
            return False
        await self._webhooks.settle(self._tenant_id, event_id, result.problem)
        outcome = "delivered" if result.problem is None else "given_up"
        metrics.add("webhook_deliveries_total", outcome=outcome)
        return result.problem is None
