"""Facts into the ledger, in batches; each tenant's rows in a transaction of their own."""

import logging
from collections.abc import Sequence
from datetime import UTC, date

from contracts.budgets import UsageAdjusted
from contracts.conversation import AnswerCompleted
from contracts.errors import RejectedError
from contracts.fact import Envelope
from contracts.ids import SessionId, TenantId, UsageId
from contracts.media import FramesSampled
from contracts.usage import UsageIncurred
from metering.domain.corrections import Correction, Differences
from metering.domain.days import DaysToCheck
from metering.ports import Accounts, Books, Ledger, Publish, Question, Sums
from runtime.bad_rows import BadRows
from runtime.bus import Caused
from runtime.clock import Clock
from runtime.database import by_tenant
from runtime.telemetry import metrics
from spending import ExpiredHold, Statement, baseline_usd

log = logging.getLogger(__name__)


async def on_usage_incurred(
    events: Sequence[Envelope[UsageIncurred]], *, ledger: Ledger, books: Books
) -> Sequence[Caused]:
    for tenant_id, rows in by_tenant(events):
        await books.book(tenant_id, await ledger.append(tenant_id, rows))
    return []


async def on_usage_adjusted(
    events: Sequence[Envelope[UsageAdjusted]], *, ledger: Ledger, books: Books
) -> Sequence[Caused]:
    for tenant_id, rows in by_tenant(events):
        await books.book(tenant_id, await ledger.adjust(tenant_id, rows))
    return []


async def on_answer_completed(
    events: Sequence[Envelope[AnswerCompleted]], *, ledger: Ledger
) -> Sequence[Caused]:
    for tenant_id, rows in by_tenant(events):
        await ledger.add_questions(tenant_id, [_question(row) for row in rows])
    return []


async def on_frames_sampled(
    events: Sequence[Envelope[FramesSampled]], *, ledger: Ledger
) -> Sequence[Caused]:
    for tenant_id, rows in by_tenant(events):
        await ledger.add_frames(tenant_id, rows)
    return []


async def sweep_holds(*, accounts: Accounts, publish: Publish, clock: Clock, bad: BadRows) -> int:
    """Free holds that never started, charge the upper bound of those that did; how many."""
    swept = 0
    for tenant_id in await accounts.tenants():
        with bad.row(tenant_id):
            for hold in await accounts.expired(tenant_id, clock.now()):
                if hold.usage_id not in bad:
                    with bad.row(hold.usage_id):
                        swept += await _sweep(tenant_id, hold, accounts, publish)
    return swept


async def _sweep(
    tenant_id: TenantId, hold: ExpiredHold, accounts: Accounts, publish: Publish
) -> bool:
    if not hold.started:
        return await accounts.release(tenant_id, hold.usage_id)
    await publish(hold.charge)
    return await accounts.settle(hold.charge)


async def rebuild_accounts(*, ledger: Ledger, accounts: Accounts, bad: BadRows) -> int:
    """Accounts that Redis lost come back with what the ledger says was spent; how many."""
    rebuilt = 0
    for tenant_id in await ledger.known_accounts():
        with bad.row(tenant_id):
            if not await accounts.exists(tenant_id):
                spent = await ledger.spent(tenant_id)
                rebuilt += await accounts.make(tenant_id, spent_usd=spent)
    return rebuilt


async def reconcile_accounts(  # noqa: PLR0913 - what a look at both books needs
    *,
    ledger: Ledger,
    accounts: Accounts,
    books: Books,
    differences: Differences,
    publish: Publish,
    clock: Clock,
    bad: BadRows,
) -> int:
    """Compare each account with the ledger, and correct what stands at two looks; how many."""
    corrected = 0
    for tenant_id in await accounts.tenants():
        with bad.row(tenant_id):
            stated = await _statement(tenant_id, ledger, books, differences, publish)
            if stated is None:
                continue
            spent_usd = await ledger.spent(tenant_id)
            found = differences.judge(tenant_id, spent_usd, stated, clock.now())
            if found is not None:
                corrected += await _correct(tenant_id, stated, found, ledger, books)
    return corrected


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
    if not await books.correct(tenant_id, stated, written.usd):
        return False
    log.warning("account.corrected", extra={"correction_id": str(written.id)})
    metrics.add("account_corrections_total", 1, direction="up" if written.usd > 0 else "down")
    return True


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


def _question(event: Envelope[AnswerCompleted]) -> Question:
    answer = event.data
    return Question(
        turn_id=answer.turn_id,
        session_id=_session(event),
        occurred_at=event.occurred_at,
        baseline_usd=baseline_usd(
            asked_at_ms=answer.asked_at_ms,
            question_chars=answer.question_chars,
            answer_chars=len(answer.text),
            has_screen=answer.has_screen,
            at=event.occurred_at,
        ),
    )


def _session(event: Envelope[AnswerCompleted]) -> SessionId:
    if event.session_id is None:
        raise RejectedError("an answer belongs to a session", code="no_session")
    return event.session_id
