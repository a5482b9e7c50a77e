from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.hours import HOUR, split_hours

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTES = st.integers(-300, 300).map(lambda minutes: NOON + timedelta(minutes=minutes))


def _is_in(at: datetime, first: datetime | None, end: datetime | None) -> bool:
    return (first is None or first <= at) and (end is None or at < end)


@given(st.one_of(st.none(), MINUTES), st.one_of(st.none(), MINUTES), MINUTES)
def test_every_moment_of_the_time_is_in_one_part_and_no_other_is_in_any(
    since: datetime | None, until: datetime | None, at: datetime
) -> None:
    if since is not None and until is not None and until <= since:
        since, until = until, since + timedelta(minutes=1)
    span = split_hours(since, until)
    hour = at.replace(minute=0)
    parts = [
        _is_in(hour, span.first, span.last),
        span.before is not None and _is_in(at, span.before, span.before_end),
        span.after is not None and _is_in(at, span.after, span.after_end),
    ]
    assert sum(parts) == _is_in(at, since, until)


@given(MINUTES, MINUTES)
def test_what_is_read_row_by_row_is_less_than_an_hour_at_each_end(
    since: datetime, until: datetime
) -> None:
    span = split_hours(since, until)
    for begin, end in ((span.before, span.before_end), (span.after, span.after_end)):
        assert begin is None or end is None or end - begin < HOUR
