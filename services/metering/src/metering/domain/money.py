"""What the ledger must put right in an account."""

from dataclasses import dataclass
from decimal import Decimal

from contracts.ids import UsageId


@dataclass(frozen=True)
class LateConfirmation:
    """One use that stands in the ledger both charged by the sweep and confirmed."""

    usage_id: UsageId
    confirmed_usd: Decimal
    swept_usd: Decimal

    @property
    def correction_usd(self) -> Decimal:
        """The account was charged the upper bound alone, because the sweep freed the hold."""
        return self.confirmed_usd - self.swept_usd
