"""A time that a caller names is one in UTC that our tables can hold, or a clear refusal."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from gateway.api.times import END, FIRST, Since

TIMES: Final[TypeAdapter[datetime]] = TypeAdapter(Since)
OFFSETS = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(time=st.datetimes(timezones=st.none() | OFFSETS))
def test_any_time_of_the_calendar_is_one_in_utc_within_bounds_or_refused(time: datetime) -> None:
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    if not FIRST <= aware < END:
        with pytest.raises(ValidationError, match="Name a time from 1970-01-01 until 2200-01-01"):
            TIMES.validate_python(time.isoformat())
        return
    read = TIMES.validate_python(time.isoformat())
    assert (read, read.tzinfo) == (aware, UTC)


@given(text=st.text(max_size=40) | st.floats().map(str) | st.integers().map(str))
def test_any_text_is_a_time_or_refused(text: str) -> None:
    with suppress(ValidationError):
        assert FIRST <= TIMES.validate_python(text) < END


def test_a_date_is_its_beginning_in_utc() -> None:
    assert TIMES.validate_python("2026-11-01") == datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize("end", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00"])
def test_the_calendars_ends_are_refused(end: str) -> None:
    with pytest.raises(ValidationError, match="Name a time"):
        TIMES.validate_python(end)
