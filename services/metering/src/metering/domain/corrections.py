"""When an account is corrected, and by how much; which facts were lost."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from contracts.ids import TenantId, UsageId
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
    """What the last look at the accounts left standing.

    What is on its way differs too, for as long as it is: only what stands at two looks, one after
    the other, is put right.
    """

    def __init__(self) -> None:
        self._standing: dict[TenantId, Decimal] = {}
        self._missing: dict[TenantId, frozenset[UsageId]] = {}

    def lost(self, tenant_id: TenantId, missing: Collection[UsageId]) -> frozenset[UsageId]:
        """Of the charges that the ledger misses, those that it missed the last time too."""
        before = self._missing.pop(tenant_id, frozenset())
        if missing:
            self._missing[tenant_id] = frozenset(missing)
        return before & frozenset(missing)

    def judge(
        self, tenant_id: TenantId, ledger_usd: Decimal, stated: Statement, at: datetime
    ) -> Correction | None:
        """A correction, when the difference is the one of the last look."""
        usd = (ledger_usd - stated.booked_usd).quantize(NANO_USD)  # as accounts count
        before = self._standing.pop(tenant_id, None)
        if not usd:
            return None
        if usd != before:
            self._standing[tenant_id] = usd
            return None
        return Correction(stated.next_correction, at, ledger_usd, stated.booked_usd, usd)
