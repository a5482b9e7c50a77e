"""When an account is corrected, and by how much."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from contracts.ids import TenantId
from spending import NANO_USD, Statement


@dataclass(frozen=True)
class Correction:
    """One difference between ledger and account that was put right in the account.

    Attributes:
        id: of this correction of this account, whoever finds it and however often.
        usd: what is added to the account, or with a minus taken back.
    """

    id: UUID
    found_at: datetime
    ledger_usd: Decimal
    account_usd: Decimal
    usd: Decimal


class Differences:
    """The differences that the last look at the accounts left standing."""

    def __init__(self) -> None:
        self._standing: dict[TenantId, Decimal] = {}

    def judge(
        self, tenant_id: TenantId, ledger_usd: Decimal, stated: Statement, at: datetime
    ) -> Correction | None:
        """A correction once a difference stands at two looks, one after the other.

        Between a row and its booking there are milliseconds: what differs for that long differs
        by something else at the next look.
        """
        usd = (ledger_usd - stated.booked_usd).quantize(NANO_USD)  # as accounts count
        before = self._standing.pop(tenant_id, None)
        if not usd:
            return None
        if usd != before:
            self._standing[tenant_id] = usd
            return None
        return Correction(stated.next_correction, at, ledger_usd, stated.booked_usd, usd)
