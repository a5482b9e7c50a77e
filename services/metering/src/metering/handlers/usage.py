"""Facts into the ledger, in batches; each tenant's rows in a transaction of their own."""

from collections.abc import Sequence

from contracts.conversation import AnswerCompleted
from contracts.errors import RejectedError
from contracts.fact import Envelope
from contracts.ids import SessionId
from contracts.media import FramesSampled
from contracts.usage import UsageIncurred
from metering.ports import Books, Ledger, Question
from runtime.bus import Caused
from runtime.database import by_tenant
from spending import baseline_usd


async def on_usage_incurred(
    events: Sequence[Envelope[UsageIncurred]], *, ledger: Ledger, books: Books
) -> Sequence[Caused]:
    for tenant_id, rows in by_tenant(events):
        await books.book(tenant_id, await ledger.append(tenant_id, rows))
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
