"""Each account beside the ledger, which is right."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from contracts.ids import TenantId, UsageId
from metering.domain.corrections import Correction, Differences
from metering.handlers.budgets import apply_terms
from metering.ports import Books, Kept, Ledger, Publish
from runtime.bad_rows import BadRows
from runtime.clock import Clock
from runtime.telemetry import metrics
from spending import Statement

log = logging.getLogger(__name__)


async def reconcile_accounts(
    *,
    kept: Kept,
    books: Books,
    differences: Differences,
    publish: Publish,
    clock: Clock,
    bad: BadRows,
) -> int:
    """Compare each account with the ledger, and correct what stands at two looks; how many."""
    corrected, ledger = 0, kept.ledger
    for tenant_id in await kept.accounts.tenants():
        with bad.row(tenant_id):
            terms = await apply_terms(tenant_id, kept)
            stated = await _statement(tenant_id, ledger, books, differences, publish)
            if stated is None:
                continue
            spent_usd = await ledger.months(tenant_id)
            for found in differences.judge(tenant_id, spent_usd, stated, clock.now()):
                corrected += await _correct(tenant_id, stated, found, ledger, books)
                stated = replace(stated, corrections=stated.corrections + 1)
            if terms.budget.session_limit_usd is not None and not stated.unbooked:
                await _put_sessions_right(tenant_id, ledger, books, differences)
    return corrected


async def _put_sessions_right(
    tenant_id: TenantId, ledger: Ledger, books: Books, differences: Differences
) -> None:
    right = await ledger.sessions(tenant_id)
    seen = await books.sessions(tenant_id, list(right))
    for session_id in differences.sessions(tenant_id, right, seen):
        await books.correct_session(tenant_id, session_id, seen[session_id], right[session_id])


async def _statement(
    tenant_id: TenantId, ledger: Ledger, books: Books, differences: Differences, publish: Publish
) -> Statement | None:
    """What the account says, once late rows are booked and lost facts stated again."""
    stated = await books.statement(tenant_id)
    if stated is None or not stated.unbooked:
        return stated
    missing = await _book_late(tenant_id, stated.unbooked, ledger, books)
    for fact in await books.facts(tenant_id, differences.lost(tenant_id, missing)):
        await publish(fact)
    return await books.statement(tenant_id)


async def _book_late(
    tenant_id: TenantId, unbooked: Sequence[UsageId], ledger: Ledger, books: Books
) -> set[UsageId]:
    """Charges that came after their rows, when Redis was lost; returns those without a row."""
    known = await ledger.booked(tenant_id, unbooked)
    await books.book(tenant_id, known)
    return set(unbooked) - {one.usage_id for one in known}


async def _correct(
    tenant_id: TenantId, stated: Statement, found: Correction, ledger: Ledger, books: Books
) -> bool:
    # The row first: a process that dies here leaves it to the next, which means the same one.
    written = await ledger.add_correction(tenant_id, found)
    if not await books.correct(tenant_id, stated, written.usd, month=written.month):
        return False
    log.warning("account.corrected", extra={"correction_id": str(written.id)})
    metrics.add("account_corrections_total", 1, direction="up" if written.usd > 0 else "down")
    return True
