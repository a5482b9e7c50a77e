"""What people see of a session, made from its history: pure, whatever order its facts came in."""

from collections import Counter
from typing import Any, Final

from contracts.conversation import AnswerCompleted, AnswerRefused, SpeechInterrupted, TurnTaken
from contracts.http import (
    Answer,
    AnswerAttempt,
    Cost,
    FrameCounts,
    KeptFrame,
    MeetingState,
    SessionState,
    SessionSummary,
    Snapshot,
    Utterance,
)
from contracts.ids import TurnId
from contracts.media import FrameKept, FramesSampled, MeetingStarted, UtteranceHeard
from contracts.vision import FrameDescribed
from gateway.domain.backlog import BacklogCounts
from gateway.domain.session_history import SessionHistory, duration_ms_of

STRUCTURES_IN_SNAPSHOT: Final = 100
"""As many as the live page looks at for a place's history; of a dense screen about 20 kB each."""


def state_of(history: SessionHistory) -> SessionState:
    row = history.session
    return SessionState(
        session_id=row.session_id,
        title=row.title,
        state="open" if row.closed_at is None else "closed",
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        meeting=meeting_of(history),
    )


def meeting_of(history: SessionHistory) -> MeetingState | None:
    """None before a meeting was seen; one that could not even be started is shown as ended."""
    started = next(iter(history.of(MeetingStarted)), None)
    ended = history.end()
    if started is None and ended is None:
        return None
    return MeetingState(
        name=started.name if started else history.session.recording or "",
        source=started.source if started else "recording",
        has_video=started is not None and started.has_video,
        has_audio=started is not None and started.has_audio,
        started_at=history.met_at(),
        duration_ms=ended.duration_ms if ended else started.duration_ms if started else None,
        ended=ended.reason if ended else None,
        detail=ended.detail if ended else None,
        truncated_at_ms=ended.truncated_at_ms if ended else None,
    )


def transcript_of(history: SessionHistory) -> tuple[Utterance, ...]:
    heard = sorted(history.of(UtteranceHeard), key=lambda one: (one.start_ms, one.end_ms))
    return tuple(
        Utterance(start_ms=one.start_ms, end_ms=one.end_ms, speaker=one.speaker, text=one.text)
        for one in heard
    )


def frames_of(history: SessionHistory) -> tuple[KeptFrame, ...]:
    read = {one.frame_id: one for one in history.of(FrameDescribed)}
    return tuple(
        _frame(one, read.get(one.frame_id))
        for one in sorted(history.of(FrameKept), key=lambda one: one.shown_at_ms)
    )


def _frame(kept: FrameKept, described: FrameDescribed | None) -> KeptFrame:
    return KeptFrame(
        frame_id=kept.frame_id,
        shown_at_ms=kept.shown_at_ms,
        reason=kept.reason,
        lines=tuple(line.text for line in described.lines) if described else None,
        structure=described.structure if described else None,
        caption=described.caption if described else None,
    )


def counts_of(history: SessionHistory) -> FrameCounts:
    kept = history.of(FrameKept)
    return FrameCounts(
        seen=sum(sample.seen for sample in history.of(FramesSampled)),
        kept=len(kept),
        by_reason=dict(Counter(one.reason for one in kept)),
    )


def questions_of(history: SessionHistory) -> tuple[Answer, ...]:
    """Every turn, in the order asked, with what became of it."""
    turns = sorted(history.of(TurnTaken), key=lambda turn: turn.asked_at_ms)
    ends: dict[TurnId, AnswerCompleted | AnswerRefused] = {
        end.turn_id: end for end in (*history.of(AnswerRefused), *history.of(AnswerCompleted))
    }
    cuts = {cut.turn_id: cut.heard_chars for cut in history.of(SpeechInterrupted)}
    thought = {one.turn_id: one for one in history.feedback}
    newest_voice = next((t.turn_id for t in reversed(turns) if t.channel == "voice"), None)
    return tuple(
        _answer(
            turn,
            ends.get(turn.turn_id),
            heard_chars=cuts.get(turn.turn_id),
            outdated=turn.channel == "voice" and turn.turn_id != newest_voice,
        ).model_copy(update={"feedback": thought.get(turn.turn_id)})
        for turn in turns
    )


def _answer(
    turn: TurnTaken,
    end: AnswerCompleted | AnswerRefused | None,
    *,
    heard_chars: int | None,
    outdated: bool,
) -> Answer:
    pending = Answer(
        turn_id=turn.turn_id,
        asked_at_ms=turn.asked_at_ms,
        channel=turn.channel,
        speaker=turn.speaker,
        text=turn.text,
        answer=None,
        state="superseded" if outdated else "pending",
        superseded=outdated,
    )
    return pending if end is None else pending.model_copy(update=_outcome(end, heard_chars))


def _outcome(end: AnswerCompleted | AnswerRefused, heard_chars: int | None) -> dict[str, Any]:
    """The fields of an `Answer` that its end decides."""
    outcome = {
        "answer": end.text,
        "attempts": tuple(AnswerAttempt(**dict(attempt)) for attempt in end.attempts),
        "cost_usd": end.cost_usd,
        "latency_ms": end.latency_ms,
        "superseded": False,
    }
    if isinstance(end, AnswerRefused):
        return {**outcome, "state": "refused", "refused": end.reason}
    return {
        **outcome,
        "state": "answered",
        "abstained": end.abstained,
        "sources": end.sources,
        "confidence": end.confidence,
        "taken_as": end.taken_as,
        "retrieval": end.retrieval,
        "interrupted_at_chars": end.interrupted_at_chars if heard_chars is None else heard_chars,
    }


def summarise(history: SessionHistory, cost: Cost, backlog: BacklogCounts | None) -> SessionSummary:
    state, ended = state_of(history), history.end()
    return SessionSummary(
        session_id=state.session_id,
        title=state.title,
        state=state.state,
        meeting=state.meeting,
        duration_ms=duration_ms_of(history),
        frames=counts_of(history),
        transcript=transcript_of(history),
        questions=questions_of(history),
        cost=cost,
        pending_facts=backlog.pending_facts if backlog else None,
        dead_letters=backlog.dead_letters if backlog else None,
        notes=ended.notes if ended else (),
    )


def snapshot_of(history: SessionHistory) -> Snapshot:
    return Snapshot(
        session=state_of(history),
        transcript=transcript_of(history),
        frames=_of_newest(frames_of(history)),
        questions=questions_of(history),
    )


def _of_newest(frames: tuple[KeptFrame, ...]) -> tuple[KeptFrame, ...]:
    """All frames, the older ones without structure: a snapshot is one event."""
    older, newest = frames[:-STRUCTURES_IN_SNAPSHOT], frames[-STRUCTURES_IN_SNAPSHOT:]
    return (*(one.model_copy(update={"structure": None}) for one in older), *newest)
