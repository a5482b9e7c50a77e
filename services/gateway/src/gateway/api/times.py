"""Times that a caller names."""

from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import Query
from pydantic import AfterValidator

FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
END: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""Beyond these there is nothing to find; at the calendar's ends there is no such time in UTC."""


def _in_utc(time: datetime) -> datetime:
    """Raises ValueError, whose text the caller is told."""
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    if not FIRST <= aware < END:  # compares without turning one into the other's zone
        raise ValueError(f"Name a time from {FIRST:%Y-%m-%d} until {END:%Y-%m-%d}")
    return aware.astimezone(UTC)


Since = Annotated[
    datetime,
    AfterValidator(_in_utc),
    Query(description="A date or time from 1970 until 2200; UTC if unsaid."),
]

Until = Annotated[
    datetime,
    AfterValidator(_in_utc),
    Query(description="Up to, and without, this time; as `since`."),
]
