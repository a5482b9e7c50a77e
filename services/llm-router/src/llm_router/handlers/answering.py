"""Owning a turn: take the lane, gather, ask and judge, conclude."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from answering.asked import AskedQuestion
from answering.evidence import Evidence
from contracts.conversation import AnswerCompleted, TurnTaken
from contracts.errors import LostError, RejectedError
from contracts.fact import Envelope, Fact
from contracts.feed import Accepted
from contracts.ids import SessionId
from llm_router.domain.heard_words import as_said, with_heard_words
from llm_router.domain.results import completed, interrupted, refused
from llm_router.domain.time_limits import Deadlines
from llm_router.domain.turn import Answered, Ask, Refused, Step, judge, start
from llm_router.handlers.deps import AnsweringDeps
from llm_router.handlers.gathering import Gathered, gather, look_up
from llm_router.handlers.lanes import take_lane
from llm_router.handlers.turn_metrics import TurnTiming, count_ended
from llm_router.handlers.watching import Stopped, ask_unless_stopped
from llm_router.ports import CallScope, Conclusion, Cursor, Result, Run, Superseded, Turn
from runtime.bus import Delivery, GivenUp

log = logging.getLogger(__name__)


async def on_turn_taken(
    event: Envelope[TurnTaken], delivery: Delivery, *, deps: AnsweringDeps
) -> Sequence[Fact]:
    """Owns the turn from its delivery to its conclusion; a redelivery begins a new run of it."""
    turn = _turn(event, delivery, deps.deadlines)
    timing = TurnTiming(deps.clock, turn)
    begun = await take_lane(turn, delivery, deps)
    if isinstance(begun, Conclusion):
        return begun.facts
    timing.parts["queue"] = timing.since_entry_ms()
    try:
        ended = await _answer(begun, timing, delivery, deps)
    except LostError:
        ended = await deps.turns.conclude_unheld(turn, await _lost(turn, timing, deps))
    return count_ended(turn, ended).facts


async def on_turn_given_up(
    event: Envelope[TurnTaken], reason: GivenUp, *, deps: AnsweringDeps
) -> Sequence[Fact]:
    """A dead letter is never silence: the person hears that something went wrong."""
    log.warning("turn.given_up", extra={"turn_id": str(event.data.turn_id), "reason": reason})
    if event.session_id is None:
        return ()
    policy = await deps.tenant_policy(event.tenant_id)
    refusal = refused(event.data, Refused("internal"), {}, language=policy.language)
    ended = await deps.turns.give_up(event, refusal)
    return ended.facts


async def _answer(
    run: Run, timing: TurnTiming, delivery: Delivery, deps: AnsweringDeps
) -> Conclusion:
    turn = run.turn
    step = await deps.budget_step(turn.event.tenant_id)
    if step == "refused":
        return await _conclude(run, Refused("budget"), Evidence(), timing, deps)
    needs = deps.reader.needs_of(turn.event.data.text)
    found = await gather(turn, needs, delivery, deps)
    _note_gathered(timing, found)
    if found.lost or found.interrupted:
        return await _conclude(run, Stopped(found.interrupted), found.evidence, timing, deps)
    tenant_policy = await deps.tenant_policy(turn.event.tenant_id)
    told = turn.event.data
    evidence = with_heard_words(told.text, found.unknown_words, found.evidence)
    if evidence.taken_as:
        told = told.model_copy(update={"text": as_said(told.text, evidence.taken_as)})
        needs = deps.reader.needs_of(told.text)
    asked = AskedQuestion(told.text, tuple(await deps.turns.earlier(turn)))
    searches = list(deps.reader.searches(asked))
    if needs.points_at_error and (error := deps.reader.error_to_look_up(evidence)):
        searches.append(error)
    evidence = await look_up(evidence, searches, tenant_policy, timing, deps)
    left_ms = timing.left_ms()
    policy = deps.policy_at(step)
    first = start(told, needs, evidence, policy, left_ms, tenant_policy, asked.earlier)
    last = await _ask_until_judged(first, run, found.cursor, timing, deps)
    return await _conclude(run, last, evidence, timing, deps)


async def _ask_until_judged(
    step: Step, run: Run, after: Cursor, timing: TurnTiming, deps: AnsweringDeps
) -> Answered | Refused | Stopped:
    began = deps.clock.monotonic()
    while isinstance(step, Ask):
        scope = CallScope(run, timedelta(milliseconds=step.limit_ms))
        reply = await ask_unless_stopped(
            step, scope, models=deps.models, board=deps.board, clock=deps.clock, after=after
        )
        timing.note_since("attempts", began)
        if isinstance(reply, Stopped):
            return reply.after(step)
        step = judge(step, reply)
    return step


async def _conclude(
    run: Run,
    step: Answered | Refused | Stopped,
    evidence: Evidence,
    timing: TurnTiming,
    deps: AnsweringDeps,
) -> Conclusion:
    turn = run.turn.event.data
    if isinstance(step, Stopped):
        if step.interrupted is None:
            raise LostError("a newer turn took the lane")
        heard = step.interrupted.heard_chars
        result = interrupted(turn, "", heard, step.attempts, timing.finished())
        return await deps.turns.conclude(run, result)
    if isinstance(step, Refused):
        policy = await deps.tenant_policy(run.turn.event.tenant_id)
        refusal = refused(turn, step, timing.finished(), language=policy.language)
        return await deps.turns.conclude(run, refusal)
    began = deps.clock.monotonic()
    answer = completed(turn, step, evidence)
    await deps.turns.say(run, _accepted(run, step, answer))
    timing.note_since("conclude", began)
    timed = answer.model_copy(update={"latency_ms": timing.finished()})
    return await deps.turns.conclude(run, timed)


def _turn(event: Envelope[TurnTaken], delivery: Delivery, deadlines: Deadlines) -> Turn:
    if event.session_id is None:
        raise RejectedError("a turn came without its session", code="no_session")
    return Turn(
        event=event,
        session_id=SessionId(event.session_id),
        entry_id=delivery.entry_id,
        entered_at=delivery.entered_at,
        deadline=delivery.entered_at + deadlines.of(event.data),
    )


def _note_gathered(timing: TurnTiming, found: Gathered) -> None:
    timing.parts["evidence_passages"] = found.passages_ms
    timing.parts["evidence_screen"] = found.screen_ms
    if found.retrieval_ms is not None:
        timing.parts["retrieval"] = found.retrieval_ms


def _accepted(run: Run, step: Answered, answer: AnswerCompleted) -> Accepted:
    attempts = enumerate(step.attempts, 1)
    return Accepted(
        turn_id=answer.turn_id,
        run=run.number,
        attempt=next(at for at, attempt in attempts if attempt.outcome == "accepted"),
        channel=answer.channel,
        text=answer.text,
    )


async def _lost(turn: Turn, timing: TurnTiming, deps: AnsweringDeps) -> Result:
    """A voice turn lost its lane to a newer one; a chat turn only by being past its deadline."""
    if turn.channel == "voice":
        return Superseded()
    policy = await deps.tenant_policy(turn.event.tenant_id)
    late = Refused("deadline")
    return refused(turn.event.data, late, timing.finished(), language=policy.language)
