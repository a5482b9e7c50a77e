"""A session's story, told from its facts: pure, so that any order of arrival tells the same."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from contracts.conversation import AnswerCompleted, AnswerRefused, SpeechInterrupted, TurnTaken
from contracts.fact import Envelope, Fact
from contracts.http import (
    Answer,
    AnswerAttempt,
    Cost,
    Feedback,
    FrameCounts,
    KeptFrame,
    MeetingState,
    SessionState,
    SessionSummary,
    Snapshot,
    Utterance,
)
from contracts.ids import SessionId, TurnId
from contracts.media import FrameKept, FramesSampled, MeetingEnded, MeetingStarted, UtteranceHeard
from contracts.vision import FrameDescribed

FactT = TypeVar("FactT", bound=Fact)

TOLD_BY: tuple[type[Fact], ...] = (
    MeetingStarted,
    MeetingEnded,
    UtteranceHeard,
    TurnTaken,
    SpeechInterrupted,
    FrameKept,
    FramesSampled,
    FrameDescribed,
    AnswerCompleted,
    AnswerRefused,
)
"""The facts that are kept to tell a session's story."""


@dataclass(frozen=True)
class SessionRow:
    """A session as it is kept.

    Attributes:
        recording: name of the recording that was sent into it; None when there is none.
    """

    session_id: SessionId
    title: str
    opened_at: datetime
    closed_at: datetime | None = None
    recording: str | None = None


@dataclass(frozen=True)
class Figures:
    """What the bus still has to do; shown to those who may administer."""

    pending_facts: int
    dead_letters: int


@dataclass(frozen=True)
class Story:
    """One session and its facts, in any order, each once; and what was thought of its answers."""

    session: SessionRow
    facts: Sequence[Envelope[Any]]
    feedback: Sequence[Feedback] = ()

    def of(self, fact: type[FactT]) -> list[FactT]:
        """The facts of one class, oldest first."""
        told = [event for event in self.facts if isinstance(event.data, fact)]
        return [event.data for event in sorted(told, key=lambda event: event.occurred_at)]

    def started_at(self) -> datetime:
        """What the session's milliseconds count from: a recording's start, else the opening.

        A live meeting may be joined by one agent after another, so it counts from the opening too.
        """
        first = self._first_start()
        return first.occurred_at if first and first.data.source == "recording" else self.opened_at

    def met_at(self) -> datetime:
        """When the meeting began."""
        first = self._first_start()
        return first.occurred_at if first else self.opened_at

    @property
    def opened_at(self) -> datetime:
        return self.session.opened_at

    def _first_start(self) -> Envelope[MeetingStarted] | None:
        starts = (event for event in self.facts if isinstance(event.data, MeetingStarted))
        return min(starts, key=lambda event: event.occurred_at, default=None)

    def end(self) -> MeetingEnded | None:
        """How the meeting ended; None while it goes on, also when people came back after an end."""
        told = [one for one in self.facts if isinstance(one.data, MeetingStarted | MeetingEnded)]
        newest = max(
            told,
            key=lambda one: (one.occurred_at, isinstance(one.data, MeetingEnded)),
            default=None,
        )
        if newest is None or not isinstance(newest.data, MeetingEnded):
            return None
        return newest.data


def state_of(story: Story) -> SessionState:
    row = story.session
    return SessionState(
        session_id=row.session_id,
        title=row.title,
        state="open" if row.closed_at is None else "closed",
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        meeting=meeting_of(story),
    )


def meeting_of(story: Story) -> MeetingState | None:
    """None before a meeting was seen, and when it could not even be started it still is told."""
    started = next(iter(story.of(MeetingStarted)), None)
    ended = story.end()
    if started is None and ended is None:
        return None
    return MeetingState(
        name=started.name if started else story.session.recording or "",
        source=started.source if started else "recording",
        has_video=started is not None and started.has_video,
        has_audio=started is not None and started.has_audio,
        started_at=story.met_at(),
        duration_ms=ended.duration_ms if ended else started.duration_ms if started else None,
        ended=ended.reason if ended else None,
        detail=ended.detail if ended else None,
        truncated_at_ms=ended.truncated_at_ms if ended else None,
    )


def transcript_of(story: Story) -> tuple[Utterance, ...]:
    heard = sorted(story.of(UtteranceHeard), key=lambda one: (one.start_ms, one.end_ms))
    return tuple(
        Utterance(start_ms=one.start_ms, end_ms=one.end_ms, speaker=one.speaker, text=one.text)
        for one in heard
    )


def frames_of(story: Story) -> tuple[KeptFrame, ...]:
    read = {
        one.frame_id: tuple(line.text for line in one.lines) for one in story.of(FrameDescribed)
    }
    return tuple(
        KeptFrame(
            frame_id=one.frame_id,
            shown_at_ms=one.shown_at_ms,
            reason=one.reason,
            lines=read.get(one.frame_id),
        )
        for one in sorted(story.of(FrameKept), key=lambda one: one.shown_at_ms)
    )


def counts_of(story: Story) -> FrameCounts:
    kept = story.of(FrameKept)
    return FrameCounts(
        seen=sum(sample.seen for sample in story.of(FramesSampled)),
        kept=len(kept),
        by_reason=dict(Counter(one.reason for one in kept)),
    )


def questions_of(story: Story) -> tuple[Answer, ...]:
    """Every turn, in the order asked, with what became of it."""
    turns = sorted(story.of(TurnTaken), key=lambda turn: turn.asked_at_ms)
    ends: dict[TurnId, AnswerCompleted | AnswerRefused] = {
        end.turn_id: end for end in (*story.of(AnswerRefused), *story.of(AnswerCompleted))
    }
    cuts = {cut.turn_id: cut.heard_chars for cut in story.of(SpeechInterrupted)}
    thought = {one.turn_id: one for one in story.feedback}
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
    asked = Answer(
        turn_id=turn.turn_id,
        asked_at_ms=turn.asked_at_ms,
        channel=turn.channel,
        speaker=turn.speaker,
        text=turn.text,
        answer=None,
        state="superseded" if outdated else "pending",
        superseded=outdated,
    )
    if end is None:
        return asked
    ended = {
        "answer": end.text,
        "attempts": tuple(AnswerAttempt(**dict(attempt)) for attempt in end.attempts),
        "cost_usd": end.cost_usd,
        "latency_ms": end.latency_ms,
        "superseded": False,
    }
    if isinstance(end, AnswerRefused):
        return asked.model_copy(update={**ended, "state": "refused", "refused": end.reason})
    return asked.model_copy(
        update={
            **ended,
            "state": "answered",
            "abstained": end.abstained,
            "sources": end.sources,
            "confidence": end.confidence,
            "interrupted_at_chars": end.interrupted_at_chars
            if heard_chars is None
            else heard_chars,
        }
    )


def duration_ms_of(story: Story) -> int:
    """The meeting's length once it ended; before that, how far it is known to have come."""
    ended = story.end()
    if ended is not None:
        return ended.duration_ms
    reached: Iterable[int] = (
        *(one.end_ms for one in story.of(UtteranceHeard)),
        *(one.shown_at_ms for one in story.of(FrameKept)),
        *(one.to_ms for one in story.of(FramesSampled)),
    )
    return max(reached, default=0)


def asked_at_ms(story: Story, now: datetime) -> int:
    """When a written question is asked, on the meeting's own clock where it can be told.

    A recording at full speed runs ahead of the wall clock, so what was reached counts at least.
    """
    elapsed = int((now - story.started_at()).total_seconds() * 1000)
    return max(0, elapsed, duration_ms_of(story))


def summarise(story: Story, cost: Cost, figures: Figures | None) -> SessionSummary:
    state = state_of(story)
    return SessionSummary(
        session_id=state.session_id,
        title=state.title,
        state=state.state,
        meeting=state.meeting,
        duration_ms=duration_ms_of(story),
        frames=counts_of(story),
        transcript=transcript_of(story),
        questions=questions_of(story),
        cost=cost,
        pending_facts=figures.pending_facts if figures else None,
        dead_letters=figures.dead_letters if figures else None,
    )


def snapshot_of(story: Story) -> Snapshot:
    return Snapshot(
        session=state_of(story),
        transcript=transcript_of(story),
        frames=frames_of(story),
        questions=questions_of(story),
    )
