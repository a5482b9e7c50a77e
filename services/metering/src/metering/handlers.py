"""Facts into the ledger, in batches; each tenant's rows in a transaction of their own."""

from collections.abc import Sequence

from contracts.conversation import AnswerCompleted
from contracts.errors import RejectedError
from contracts.fact import Envelope
from contracts.ids import SessionId, TenantId
from contracts.media import FramesSampled
from contracts.usage import UsageIncurred
from metering.ports import Accounts, Ledger, Publish, Question
from runtime.bad_rows import BadRows
from runtime.bus import Caused
from runtime.clock import Clock
from runtime.database import by_tenant
from spending import ExpiredHold, baseline_usd


async def on_usage_incurred(
    events: Sequence[Envelope[UsageIncurred]], *, ledger: Ledger, accounts: Accounts
) -> Sequence[Caused]:
    for tenant_id, rows in by_tenant(events):
        for late in await ledger.append(tenant_id, rows):
            await accounts.correct(tenant_id, late.usage_id, late.correction_usd)
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
    usd = hold.charge.data.cost_usd
    if hold.started:
        await publish(hold.charge)
    return await accounts.settle(tenant_id, hold.usage_id, usd if hold.started else usd * 0)


async def rebuild_accounts(*, ledger: Ledger, accounts: Accounts, bad: BadRows) -> int:
    """Accounts that Redis lost come back with what the ledger says was spent; how many."""
    rebuilt = 0
    for tenant_id in await ledger.known_accounts():
        with bad.row(tenant_id):
            if not await accounts.exists(tenant_id):
                spent = await ledger.spent(tenant_id)
                rebuilt += await accounts.make(tenant_id, spent_usd=spent)
    return rebuilt


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
