"""What happened over time, counted from sessions' stories."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from contracts.conversation import AnswerCompleted, AnswerRefused, TurnTaken
from contracts.fact import Fact
from contracts.http import Activity, ActivityRow, Every, LatencySpread, OpenQuestion
from contracts.media import FramesSampled
from gateway.domain.story import Story, questions_of

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


def activity_of(stories: Sequence[Story], every: Every, *, truncated: bool) -> Activity:
    """Each fact is counted in the step it occurred in.

    Args:
        stories: with the facts of `COUNTED_FROM`; in any order.
        every: length of a step.
        truncated: whether there are sessions that are not among them.
    """
    steps: defaultdict[datetime, _Step] = defaultdict(_Step)
    for story in stories:
        for event in story.facts:
            _count(event.data, steps[step_of(event.occurred_at, every)])
    return Activity(
        rows=tuple(_row(at, step) for at, step in sorted(steps.items())),
        open_questions=tuple(_open_questions(stories)),
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


def _open_questions(stories: Sequence[Story]) -> list[OpenQuestion]:
    found = [question for story in stories for question in _open_of(story)]
    return sorted(found, key=lambda one: one.asked_at, reverse=True)[:MOST_OPEN_QUESTIONS]


def _open_of(story: Story) -> Iterable[OpenQuestion]:
    taken_at = {
        event.data.turn_id: event.occurred_at
        for event in story.facts
        if isinstance(event.data, TurnTaken)
    }
    for one in questions_of(story):
        if one.abstained or one.state == "refused":
            yield OpenQuestion(
                session_id=story.session.session_id,
                turn_id=one.turn_id,
                asked_at=taken_at[one.turn_id],
                text=one.text,
                answer=one.answer or "",
                why="abstained" if one.abstained else "refused",
            )
