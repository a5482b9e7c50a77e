"""Corrections of the ledger by hand."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from contracts.budgets import UsageAdjusted
from contracts.errors import RejectedError
from contracts.http import AdjustmentBody, UsageAdjustment, UsageAdjustments
from contracts.ids import KeyId, TenantId
from gateway.domain.adjustments import is_listed, is_same, shown
from gateway.domain.callers import Caller
from gateway.ports.outbox import Outbox
from gateway.ports.usage import AdjustmentStore, LedgerModel, UsageLedger
from runtime.clock import Clock
from runtime.ids import derive_id, new_id

log = logging.getLogger(__name__)
ADJUSTMENTS: Final = UUID("1f6f0f52-55f2-5a0b-8c07-9d3f5a1c7e20")
"""What the ids of corrections are derived from, with their tenant and key."""


@dataclass(frozen=True)
class AdjustmentService:
    """Each is a fact and a row of its own, kept with who made it, when and why."""

    ledger: UsageLedger
    store: AdjustmentStore
    outbox: Outbox
    clock: Clock

    async def adjust(
        self, caller: Caller, body: AdjustmentBody, key: str | None
    ) -> UsageAdjustment:
        """Save the correction and state it; the same key again is the same correction.

        Raises:
            RejectedError: no such use or model, or the key was another correction's.
        """
        caller.require("admin")
        now = self.clock.now()
        corrected = await self._corrected(caller.tenant_id, body, now)
        made = UsageAdjusted(
            adjustment_id=derive_id(ADJUSTMENTS, caller.tenant_id, key or str(new_id())),
            cost_usd=body.cost_usd,
            reason=body.reason,
            provider=corrected.provider,
            model=corrected.model,
            month=corrected.month,
            usage_id=body.usage_id,
            adjusted_at=now,
            adjusted_by=KeyId(caller.key_id),
        )
        event = self.outbox.envelope(
            made,
            tenant_id=caller.tenant_id,
            event_id=derive_id(made.adjustment_id, "gateway", made.event_type),
        )
        saved = await self.store.add(event)
        if not is_same(saved, made):
            raise RejectedError(
                "This Idempotency-Key was another correction's; use a new one.", code="conflict"
            )
        if saved is made:  # a repeated request's was published before, or the sweep does it
            await self.outbox.publish(event)
            log.info("usage.adjusted", extra={"adjustment_id": str(made.adjustment_id)})
        return shown(saved)

    async def list(self, caller: Caller) -> UsageAdjustments:
        caller.require("admin")
        found = await self.store.newest(caller.tenant_id)
        return UsageAdjustments(adjustments=tuple(shown(one) for one in found))

    async def _corrected(
        self, tenant_id: TenantId, body: AdjustmentBody, now: datetime
    ) -> LedgerModel:
        if body.usage_id is not None:
            found = await self.ledger.model_of(tenant_id, body.usage_id)
            if found is None:
                raise RejectedError(
                    f"The ledger has no use {body.usage_id} (yet).", code="not_found"
                )
            return found
        provider, model, month = body.provider or "", body.model or "", body.month or ""
        known = is_listed(provider, model, now)
        if not known and not await self.ledger.knows(tenant_id, provider, model):
            raise RejectedError(
                f"Nobody knows a model {provider}:{model}: no price list, and no row of the "
                "ledger. See `parley usage --by model`.",
                code="unknown_model",
            )
        return LedgerModel(provider, model, month)
