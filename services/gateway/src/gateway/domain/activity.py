"""What happened over time, counted from sessions' histories."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from contracts.conversation import AnswerCompleted, AnswerRefused, TurnTaken
from contracts.fact import Fact
from contracts.http import Activity, ActivityRow, Every, LatencySpread, OpenQuestion
from contracts.media import FramesSampled
from gateway.domain.session_history import SessionHistory
from gateway.domain.session_view import questions_of

COUNTED_FROM: Final[tuple[type[Fact], ...]] = (
    TurnTaken,
    AnswerCompleted,
    AnswerRefused,
    FramesSampled,
)
MOST_OPEN_QUESTIONS: Final = 50


@dataclass
class _Step:
    questions: int = 0
    abstained: int = 0
    refused: int = 0
    frames_seen: int = 0
    frames_kept: int = 0
    latencies_ms: list[int] = field(default_factory=list[int])


def activity_of(histories: Sequence[SessionHistory], every: Every, *, truncated: bool) -> Activity:
    """Each fact is counted in the step it occurred in.

    Args:
        histories: with the facts of `COUNTED_FROM`; in any order.
        every: length of a step.
        truncated: whether there are sessions that are not among them.
    """
    steps: defaultdict[datetime, _Step] = defaultdict(_Step)
    for history in histories:
        for event in history.facts:
            _count(event.data, steps[step_of(event.occurred_at, every)])
    return Activity(
        rows=tuple(_row(at, step) for at, step in sorted(steps.items())),
        open_questions=tuple(_open_questions(histories)),
        truncated=truncated,
    )


def step_of(at: datetime, every: Every) -> datetime:
    """When the step began that the time lies in, UTC."""
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return hour if every == "hour" else hour.replace(hour=0)


def _count(fact: Fact, step: _Step) -> None:
    if isinstance(fact, TurnTaken):
        step.questions += 1
    elif isinstance(fact, FramesSampled):
        step.frames_seen += fact.seen
        step.frames_kept += fact.kept
    elif isinstance(fact, AnswerRefused):
        step.refused += 1
    elif isinstance(fact, AnswerCompleted):
        step.abstained += fact.abstained
        step.latencies_ms.append(fact.latency_ms.get("total", 0))


def _row(at: datetime, step: _Step) -> ActivityRow:
    return ActivityRow(
        at=at,
        questions=step.questions,
        answered=len(step.latencies_ms),
        abstained=step.abstained,
        refused=step.refused,
        frames_seen=step.frames_seen,
        frames_kept=step.frames_kept,
        latency_ms=_spread(step.latencies_ms),
    )


def _spread(values_ms: list[int]) -> LatencySpread | None:
    """Nearest rank: a value that was measured, at least so many percent are no larger."""
    if not values_ms:
        return None
    ordered = sorted(values_ms)

    def rank(percent: int) -> int:
        return ordered[-(-percent * len(ordered) // 100) - 1]

    return LatencySpread(p50=rank(50), p95=rank(95))


def _open_questions(histories: Sequence[SessionHistory]) -> list[OpenQuestion]:
    found = [question for history in histories for question in _open_of(history)]
    return sorted(found, key=lambda one: one.asked_at, reverse=True)[:MOST_OPEN_QUESTIONS]


def _open_of(history: SessionHistory) -> Iterable[OpenQuestion]:
    taken_at = {
        event.data.turn_id: event.occurred_at
        for event in history.facts
        if isinstance(event.data, TurnTaken)
    }
    for one in questions_of(history):
        if one.abstained or one.state == "refused":
            yield OpenQuestion(
                session_id=history.session.session_id,
                turn_id=one.turn_id,
                asked_at=taken_at[one.turn_id],
                text=one.text,
                answer=one.answer or "",
                why="abstained" if one.abstained else "refused",
            )
