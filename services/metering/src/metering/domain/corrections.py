"""When an account is corrected, and by how much; which facts were lost."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from contracts.ids import SessionId, TenantId, UsageId
from contracts.usage import Month
from spending import NANO_USD, Statement


@dataclass(frozen=True)
class Correction:
    """One difference between ledger and account that was put right in the account.

    Attributes:
        id: of this correction of this account, whoever finds it and however often.
        usd: what is added to the account, or with a minus taken back.
        month: whose sum it changes; None: the sum of all alone, when every month is right.
    """

    id: UUID
    found_at: datetime
    ledger_usd: Decimal
    account_usd: Decimal
    usd: Decimal
    month: Month | None = None


class Differences:
    """What the last look at the accounts left standing.

    What is on its way differs too, for as long as it is: only what stands at two looks, one after
    the other, is put right.
    """

    def __init__(self) -> None:
        self._standing: dict[TenantId, Mapping[Month | None, Decimal]] = {}
        self._sessions: dict[TenantId, Mapping[SessionId, Decimal]] = {}
        self._missing: dict[TenantId, frozenset[UsageId]] = {}

    def lost(self, tenant_id: TenantId, missing: Collection[UsageId]) -> frozenset[UsageId]:
        """Of the charges that the ledger misses, those that it missed the last time too."""
        before = self._missing.pop(tenant_id, frozenset())
        if missing:
            self._missing[tenant_id] = frozenset(missing)
        return before & frozenset(missing)

    def sessions(
        self,
        tenant_id: TenantId,
        ledger_usd: Mapping[SessionId, Decimal],
        account_usd: Mapping[SessionId, Decimal],
    ) -> list[SessionId]:
        """Those that differ, as they did at the last look."""
        found = {
            session_id: difference
            for session_id, usd in ledger_usd.items()
            if (difference := (usd - account_usd[session_id]).quantize(NANO_USD))
        }
        before = self._sessions.pop(tenant_id, {})
        standing = [one for one, difference in found.items() if before.get(one) == difference]
        left = {one: difference for one, difference in found.items() if one not in standing}
        if left:
            self._sessions[tenant_id] = left
        return standing

    def judge(
        self,
        tenant_id: TenantId,
        ledger_usd: Mapping[Month, Decimal],
        stated: Statement,
        at: datetime,
    ) -> list[Correction]:
        """Corrections, one after the other, where the difference is the one of the last look.

        Args:
            tenant_id: whose account.
            ledger_usd: by month.
            stated: what the account says that the ledger should.
            at: now.
        """
        found = _differences(ledger_usd, stated)
        before = self._standing.pop(tenant_id, {})
        standing = {month: usd for month, usd in found.items() if before.get(month) == usd}
        if left := {month: usd for month, usd in found.items() if month not in standing}:
            self._standing[tenant_id] = left
        corrections: list[Correction] = []
        for month, usd in standing.items():
            account = stated.booked_usd if month is None else stated.months_usd.get(month, _ZERO)
            number = stated.corrections + len(corrections)
            following = replace(stated, corrections=number).next_correction
            corrections.append(Correction(following, at, account + usd, account, usd, month))
        return corrections


_ZERO = Decimal(0)


def _differences(
    ledger_usd: Mapping[Month, Decimal], stated: Statement
) -> dict[Month | None, Decimal]:
    """Of months, in order; of the sum of all only when no month differs."""
    found: dict[Month | None, Decimal] = {}
    for month in sorted(ledger_usd.keys() | stated.months_usd.keys()):
        usd = ledger_usd.get(month, _ZERO) - stated.months_usd.get(month, _ZERO)
        if usd := usd.quantize(NANO_USD):  # as accounts count
            found[month] = usd
    usd = (sum(ledger_usd.values(), _ZERO) - stated.booked_usd).quantize(NANO_USD)
    return found or ({None: usd} if usd else {})
