from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from contracts.fact import Fact
from contracts.http import Every
from contracts.ids import SessionId
from gateway.domain.activity import MOST_OPEN_QUESTIONS, activity_of, step_of
from gateway.domain.session_history import SessionHistory, SessionRow
from support.gateway import meetings
from support.gateway.meetings import NOON

SESSION = SessionId(UUID(int=3))
ONE, TWO, THREE = (meetings.taken(text, at) for at, text in enumerate(("One?", "Two?", "Three?")))
NOT_SAID = meetings.answered(THREE, "The documents don't say.").model_copy(
    update={"abstained": True, "latency_ms": {"total": 900}}
)


def history(*facts: Fact, at: datetime = NOON) -> SessionHistory:
    facts_at = meetings.told(*facts, tenant="acme", session=SESSION, at=at)
    return SessionHistory(SessionRow(SESSION, "weekly", at), facts_at)


def test_what_happened_is_counted_in_its_step() -> None:
    histories = [
        history(meetings.sampled(300, 2), ONE, meetings.answered(ONE)),
        history(TWO, meetings.refused(TWO), THREE, NOT_SAID, at=NOON + timedelta(hours=2)),
    ]
    noon, two = activity_of(histories, "hour", truncated=False).rows
    assert (noon.at, noon.questions, noon.answered, noon.refused) == (NOON, 1, 1, 0)
    assert (noon.frames_seen, noon.frames_kept) == (300, 2)
    assert (two.questions, two.answered, two.abstained, two.refused) == (2, 1, 1, 1)
    (day,) = activity_of(histories, "day", truncated=False).rows
    assert (day.at, day.questions) == (NOON.replace(hour=0), 3)
    assert day.latency_ms is not None
    assert (day.latency_ms.p50, day.latency_ms.p95) == (40, 900)


def test_questions_without_an_answer_are_listed_newest_first() -> None:
    activity = activity_of(
        [history(ONE, meetings.answered(ONE), TWO, meetings.refused(TWO), THREE, NOT_SAID)],
        "day",
        truncated=True,
    )
    assert [(one.text, one.why) for one in activity.open_questions] == [
        ("Three?", "abstained"),
        ("Two?", "refused"),
    ]
    assert activity.truncated


def test_the_list_of_open_questions_ends() -> None:
    turns = [meetings.taken(f"{n}?", n) for n in range(MOST_OPEN_QUESTIONS + 1)]
    facts = [fact for turn in turns for fact in (turn, meetings.refused(turn))]
    listed = activity_of([history(*facts)], "day", truncated=False).open_questions
    assert len(listed) == MOST_OPEN_QUESTIONS
    assert "0?" not in {one.text for one in listed}


def test_nothing_is_an_empty_activity() -> None:
    assert activity_of([], "day", truncated=False).rows == ()


@given(
    at=st.datetimes(
        timezones=st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours))),
        min_value=datetime(2000, 1, 2),  # noqa: DTZ001 - hypothesis adds the zone
        max_value=datetime(2100, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    ),
    every=st.sampled_from(["hour", "day"]),
)
def test_a_time_lies_in_its_step_whatever_its_zone(at: datetime, every: Every) -> None:
    begun = step_of(at, every)
    length = timedelta(hours=1) if every == "hour" else timedelta(days=1)
    assert begun <= at < begun + length
    assert begun.tzinfo is UTC
    assert step_of(begun, every) == begun
