"""A session's history: its facts, in any order of arrival, and the times that follow from them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from contracts.conversation import AnswerCompleted, AnswerRefused, SpeechInterrupted, TurnTaken
from contracts.fact import Envelope, Fact
from contracts.http import Feedback
from contracts.ids import SessionId
from contracts.media import FrameKept, FramesSampled, MeetingEnded, MeetingStarted, UtteranceHeard
from contracts.vision import FrameDescribed

FactT = TypeVar("FactT", bound=Fact)

PROJECTED_FACTS: tuple[type[Fact], ...] = (
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
"""The facts of other services (and our own turns) that a session's history is made of."""


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
class SessionHistory:
    """One session and its facts, in any order, each once; and what was thought of its answers."""

    session: SessionRow
    facts: Sequence[Envelope[Any]]
    feedback: Sequence[Feedback] = ()

    def of(self, fact: type[FactT]) -> list[FactT]:
        """The facts of one class, oldest first."""
        events = [event for event in self.facts if isinstance(event.data, fact)]
        return [event.data for event in sorted(events, key=lambda event: event.occurred_at)]

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
        events = [one for one in self.facts if isinstance(one.data, MeetingStarted | MeetingEnded)]
        newest = max(
            events,
            key=lambda one: (one.occurred_at, isinstance(one.data, MeetingEnded)),
            default=None,
        )
        if newest is None or not isinstance(newest.data, MeetingEnded):
            return None
        return newest.data


def duration_ms_of(history: SessionHistory) -> int:
    """The meeting's length once it ended; before that, how far it is known to have come."""
    ended = history.end()
    if ended is not None:
        return ended.duration_ms
    reached: Iterable[int] = (
        *(one.end_ms for one in history.of(UtteranceHeard)),
        *(one.shown_at_ms for one in history.of(FrameKept)),
        *(one.to_ms for one in history.of(FramesSampled)),
    )
    return max(reached, default=0)


def asked_at_ms(history: SessionHistory, now: datetime) -> int:
    """When a written question is asked, on the meeting's own clock where that is known.

    A recording at full speed runs ahead of the wall clock, so what was reached counts at least.
    """
    elapsed = int((now - history.started_at()).total_seconds() * 1000)
    return max(0, elapsed, duration_ms_of(history))
