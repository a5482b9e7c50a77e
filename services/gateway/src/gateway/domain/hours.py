"""Sums stand by the hour; what an asked-for time cuts off of an hour is added up row by row."""

from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class HourSpan:
    """A time in whole hours and what is left at its ends. None: open, or nothing left.

    Attributes:
        first: whole hours begin here.
        last: and end before here.
        before: rows from here until `before_end` belong to it, too.
        after: and from here until `after_end`.
    """

    first: datetime | None
    last: datetime | None
    before: datetime | None
    before_end: datetime | None
    after: datetime | None
    after_end: datetime | None


def split_hours(since: datetime | None, until: datetime | None) -> HourSpan:
    """Every moment of [since, until) once; None is an open end."""
    first, last = _up(since), _down(until)
    if first is not None and last is not None and first > last:  # both within one hour
        return HourSpan(last, last, since, until, None, None)
    before = since if since != first else None
    after = until if until != last else None
    return HourSpan(first, last, before, before and first, after and last, after)


def _down(at: datetime | None) -> datetime | None:
    return at and at.replace(minute=0, second=0, microsecond=0)


def _up(at: datetime | None) -> datetime | None:
    down = _down(at)
    return down if down is None or down == at else down + HOUR
