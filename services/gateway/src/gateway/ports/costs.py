"""What a session cost, from metering's ledger."""

from collections.abc import Sequence
from typing import Protocol

from contracts.ids import SessionId, TenantId
from gateway.domain.budgets.price_tags import KindCost


class CostLedger(Protocol):
    """What metering wrote down."""

    async def costs(self, tenant_id: TenantId, session_id: SessionId) -> Sequence[KindCost]:
        """Added up by turn and kind; what is not a turn's has no turn."""
        ...
