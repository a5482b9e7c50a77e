"""Owning a turn: take the lane, gather, ask and judge, conclude."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from contracts.conversation import MAX_QUESTION_CHARS, AnswerCompleted, TurnTaken
from contracts.errors import LostError, RejectedError, UnavailableError
from contracts.fact import Envelope, Fact
from contracts.feed import Accepted
from contracts.ids import SessionId
from contracts.tenants import config_key
from llm_router.domain.follow_up import most_looked_up, text_to_look_up, with_more
from llm_router.domain.question import read_question
from llm_router.domain.results import completed, interrupted, refused
from llm_router.domain.turn import Answered, Ask, Policy, Refused, judge, start
from llm_router.domain.wish import Wish, wish_of
from llm_router.handlers.gathering import Gathered, Waits, gather
from llm_router.handlers.watching import Stopped, ask_unless_stopped
from llm_router.ports import (
    Board,
    Concluded,
    Knowledge,
    Models,
    Refusal,
    Result,
    Run,
    Superseded,
    Tenants,
    Turn,
    Turns,
    Work,
)
from runtime.bus import Delivery, GivenUp
from runtime.clock import Clock
from runtime.telemetry import metrics

log = logging.getLogger(__name__)

POLL_FROM_S: Final = 0.05
POLL_TO_S: Final = 0.25
"""How often a waiting chat turn looks for its lane: five may wait, so 20 looks a second."""


@dataclass(frozen=True)
class Deadlines:
    """From the entry of the turn to its end."""

    voice: timedelta
    chat: timedelta
    patient: timedelta

    def of(self, turn: TurnTaken) -> timedelta:
        if turn.channel == "chat":
            return self.chat
        return self.patient if turn.patient else self.voice


@dataclass(frozen=True)
class Answering:
    """What the owner of a turn needs."""

    turns: Turns
    board: Board
    models: Models
    knowledge: Knowledge
    tenants: Tenants
    clock: Clock
    policy: Policy
    waits: Waits
    deadlines: Deadlines


@dataclass
class Timing:
    """Latency by part, in milliseconds; `total` runs from the entry to the accepted answer."""

    clock: Clock
    turn: Turn
    parts: dict[str, int] = field(default_factory=dict[str, int])

    def since_entry_ms(self) -> int:
        return max(0, _ms(self.clock.now() - self.turn.entered_at))

    def left_ms(self) -> int:
        """Until the deadline; not above what the deadline allows at all."""
        return _ms(self.turn.deadline - self.clock.now())

    def note_gathered(self, found: Gathered) -> None:
        self.parts["evidence_passages"] = found.passages_ms
        self.parts["evidence_screen"] = found.screen_ms
        if found.retrieval_ms is not None:
            self.parts["retrieval"] = found.retrieval_ms

    def finished(self) -> dict[str, int]:
        """The parts with their total; also counted."""
        parts = {**self.parts, "total": self.since_entry_ms()}
        for part, took_ms in parts.items():
            metrics.observe("turn_part_seconds", took_ms / 1000, part=part)
        return parts


async def on_turn_taken(
    event: Envelope[TurnTaken], delivery: Delivery, *, answering: Answering
) -> Sequence[Fact]:
    """Owns the turn from its delivery to its conclusion; a redelivery begins a new run of it."""
    turn = _turn(event, delivery, answering.deadlines)
    timing = Timing(answering.clock, turn)
    begun = await _begin(turn, delivery, answering)
    if not isinstance(begun, Run):
        return begun.facts
    timing.parts["queue"] = timing.since_entry_ms()
    try:
        ended = await _answer(begun, timing, answering)
    except LostError:
        ended = await answering.turns.conclude_unheld(turn, _lost(turn, timing))
    metrics.add("turns_total", channel=turn.channel, outcome=_outcome(ended.result))
    return ended.facts


async def on_turn_given_up(
    event: Envelope[TurnTaken], reason: GivenUp, *, answering: Answering
) -> Sequence[Fact]:
    """A dead letter is never silence: the person hears that something went wrong."""
    log.warning("turn.given_up", extra={"turn_id": str(event.data.turn_id), "reason": reason})
    if event.session_id is None:
        return ()
    ended = await answering.turns.give_up(event, refused(event.data, Refused("internal"), {}))
    return ended.facts


async def _begin(turn: Turn, delivery: Delivery, answering: Answering) -> Run | Concluded:
    """Take the lane, or end the turn that may not run. A waiting turn holds no slot."""
    begun = await answering.turns.begin(turn)
    if begun == "wait":
        async with delivery.waiting():
            begun = await _wait_for_lane(turn, answering)
    if isinstance(begun, str):
        result = Superseded() if begun == "superseded" else _refused(turn, begun, answering)
        ended = await answering.turns.conclude_unheld(turn, result)
        metrics.add("turns_total", channel=turn.channel, outcome=_outcome(ended.result))
        return ended
    return begun


async def _wait_for_lane(turn: Turn, answering: Answering) -> Run | Concluded | Refusal:
    pause_s = POLL_FROM_S
    begun: Run | Concluded | Refusal = "wait"
    while begun == "wait" and answering.clock.now() < turn.deadline:
        await answering.clock.sleep(pause_s)
        pause_s = min(POLL_TO_S, pause_s * 1.5)
        begun = await answering.turns.begin(turn)
    return begun


def _refused(turn: Turn, why: Refusal, answering: Answering) -> Result:
    reason = "busy" if why == "full" else "deadline"
    return refused(turn.event.data, Refused(reason), Timing(answering.clock, turn).finished())


async def _answer(run: Run, timing: Timing, answering: Answering) -> Concluded:
    turn = run.turn
    found = await gather(turn, board=answering.board, waits=answering.waits, clock=answering.clock)
    timing.note_gathered(found)
    step: Ask | Answered | Refused | Stopped
    if found.lost or found.interrupted:
        step = Stopped(found.interrupted)
    else:
        wish = wish_of(await answering.tenants.get(config_key(turn.event.tenant_id)))
        await _look_up(turn, found, wish, timing, answering)
        step = start(turn.event.data, found.evidence, answering.policy, timing.left_ms(), wish)
    asked_ms = 0
    while isinstance(step, Ask):
        began = answering.clock.monotonic()
        work = Work(run, timedelta(milliseconds=step.left_ms))
        reply = await ask_unless_stopped(
            step,
            work,
            models=answering.models,
            board=answering.board,
            clock=answering.clock,
            after=found.cursor,
        )
        asked_ms += int((answering.clock.monotonic() - began) * 1000)
        timing.parts["attempts"] = asked_ms
        step = reply.after(step) if isinstance(reply, Stopped) else judge(step, reply)
    return await _conclude(run, step, found, timing, answering)


async def _look_up(
    turn: Turn, found: Gathered, wish: Wish, timing: Timing, answering: Answering
) -> None:
    """Search for the error on the screen, where the question only says "this error"."""
    text = text_to_look_up(read_question(turn.event.data.text), found.evidence)
    if text is None or timing.left_ms() < answering.waits.keep_ms:
        return
    began = answering.clock.monotonic()
    try:
        more = await answering.knowledge.search(
            turn.event.tenant_id,
            text[:MAX_QUESTION_CHARS],
            limit=most_looked_up(wish.knowledge_limit),
        )
    except UnavailableError:
        # As with passages that come too late: the answer says what is missing.
        log.warning("turn.look_up_failed", extra={"turn_id": str(turn.turn_id)})
    else:
        found.evidence = with_more(found.evidence, more, wish.knowledge_limit)
    timing.parts["look_up"] = int((answering.clock.monotonic() - began) * 1000)


async def _conclude(
    run: Run,
    step: Answered | Refused | Stopped,
    found: Gathered,
    timing: Timing,
    answering: Answering,
) -> Concluded:
    turn = run.turn.event.data
    if isinstance(step, Stopped):
        if step.interrupted is None:
            raise LostError("a newer turn took the lane")
        heard = step.interrupted.heard_chars
        result = interrupted(turn, "", heard, step.attempts, timing.finished())
        return await answering.turns.conclude(run, result)
    if isinstance(step, Refused):
        return await answering.turns.conclude(run, refused(turn, step, timing.finished()))
    began = answering.clock.monotonic()
    accepted = Accepted(
        turn_id=turn.turn_id,
        run=run.number,
        attempt=_accepted_attempt(step),
        channel=turn.channel,
        text=completed(turn, step, found.evidence, {}).text,
    )
    await answering.turns.say(run, accepted)
    timing.parts["conclude"] = int((answering.clock.monotonic() - began) * 1000)
    result = completed(turn, step, found.evidence, timing.finished())
    return await answering.turns.conclude(run, result)


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


def _lost(turn: Turn, timing: Timing) -> Result:
    """A voice turn lost its lane to a newer one; a chat turn only by being past its deadline."""
    if turn.channel == "voice":
        return Superseded()
    return refused(turn.event.data, Refused("deadline"), timing.finished())


def _accepted_attempt(step: Answered) -> int:
    return next(at for at, attempt in enumerate(step.attempts, 1) if attempt.outcome == "accepted")


def _outcome(result: Result) -> str:
    if isinstance(result, Superseded):
        return "superseded"
    if isinstance(result, AnswerCompleted):
        return "abstained" if result.abstained else "answered"
    return result.reason


def _ms(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)
