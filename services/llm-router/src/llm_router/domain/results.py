"""From the machine's last step to the fact that ends the turn."""

from collections.abc import Mapping
from decimal import Decimal

from answering.evidence import Evidence
from answering.wording.clipping import clip
from contracts.conversation import (
    AnswerCompleted,
    AnswerRefused,
    Attempt,
    TurnTaken,
)
from contracts.own_sentences import OTHERWISE, own_sentences
from llm_router.domain.turn import Answered, Refused


def completed(turn: TurnTaken, answered: Answered, evidence: Evidence) -> AnswerCompleted:
    """The answer, cut to what is read aloud; its latency is known when it has been accepted."""
    return AnswerCompleted(
        turn_id=turn.turn_id,
        channel=turn.channel,
        asked_at_ms=turn.asked_at_ms,
        question_chars=len(turn.text),
        has_screen=turn.screen is not None,
        text=clip(answered.reply.text),
        abstained=answered.reply.abstained,
        sources=answered.reply.sources,
        attempts=answered.attempts,
        confidence=answered.confidence.ratio,
        why=answered.confidence.why,
        cost_usd=cost_of(answered.attempts),
        latency_ms={},
        missing=evidence.missing,
        taken_as=evidence.taken_as,
        retrieval=evidence.retrieval,
    )


def refused(
    turn: TurnTaken, ended: Refused, latency_ms: Mapping[str, int], *, language: str = OTHERWISE
) -> AnswerRefused:
    """Why there is no answer, in the tenant's language."""
    return AnswerRefused(
        turn_id=turn.turn_id,
        channel=turn.channel,
        reason=ended.reason,
        text=own_sentences(language).refused[ended.reason],
        attempts=ended.attempts,
        cost_usd=cost_of(ended.attempts),
        latency_ms=dict(latency_ms),
    )


def interrupted(
    turn: TurnTaken,
    said: str,
    heard_chars: int,
    attempts: tuple[Attempt, ...],
    latency_ms: Mapping[str, int],
) -> AnswerCompleted:
    """Somebody spoke over it before it was over: what was heard is the answer."""
    heard = min(heard_chars, len(said))
    return AnswerCompleted(
        turn_id=turn.turn_id,
        channel=turn.channel,
        asked_at_ms=turn.asked_at_ms,
        question_chars=len(turn.text),
        has_screen=turn.screen is not None,
        text=said[:heard],
        abstained=False,
        sources=(),
        attempts=attempts,
        confidence=0.0,
        why="interrupted",
        cost_usd=cost_of(attempts),
        latency_ms=dict(latency_ms),
        interrupted_at_chars=heard,
    )


def cost_of(attempts: tuple[Attempt, ...]) -> Decimal:
    return sum((attempt.cost_usd for attempt in attempts), Decimal(0))
