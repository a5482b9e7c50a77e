"""Sums beside the ledger's rows, compared with them."""

import logging
from datetime import UTC, date

from contracts.ids import TenantId
from metering.domain.days import DaysToCheck
from metering.ports import Ledger, Sums
from runtime.bad_rows import BadRows
from runtime.clock import Clock
from runtime.telemetry import metrics

log = logging.getLogger(__name__)


async def check_sums(
    *, ledger: Ledger, sums: Sums, days: DaysToCheck, clock: Clock, bad: BadRows
) -> int:
    """Compare sums with the ledger's rows, and mend what differs; how many did."""
    mended, today = 0, clock.now().astimezone(UTC).date()
    for tenant_id in await ledger.known_accounts():
        with bad.row(tenant_id):
            older = await sums.day_before(tenant_id, days.older_than(tenant_id, today))
            for day in (*days.changing(today), *([older] if older else [])):
                mended += await _mend(tenant_id, day, sums)
            days.checked(tenant_id, older)
    return mended


async def _mend(tenant_id: TenantId, day: date, sums: Sums) -> int:
    if not await sums.wrong(tenant_id, day):
        return 0
    mended = await sums.mend(tenant_id, day)
    log.warning("sums.mended", extra={"day": str(day), "sums": mended})
    metrics.add("ledger_sums_mended_total", mended)
    return mended
