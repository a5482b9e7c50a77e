"""What a month comes to if it goes on like this."""

from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from typing import Final
from zoneinfo import ZoneInfo

from contracts.usage import Month

LEAST_DATA: Final = timedelta(days=1)
"""A month that is younger has no forecast."""
NANO: Final = Decimal("0.000000001")


def forecast_usd(spent_usd: Decimal, month: Month, time_zone: str, now: datetime) -> Decimal | None:
    """Linear in the time of the month that has passed, to the nano-dollar; None: too little of it.

    Args:
        spent_usd: in this month, until now.
        month: which one, as 2026-11.
        time_zone: whose midnight begins it.
        now: aware.
    """
    begin, end = bounds_of(month, time_zone)
    passed = min(now, end) - begin
    if passed < LEAST_DATA:
        return None
    with localcontext(prec=50):
        ratio = Decimal((end - begin) // timedelta(seconds=1)) / Decimal(
            max(1, passed // timedelta(seconds=1))
        )
        return (spent_usd * ratio).quantize(NANO)


def bounds_of(month: Month, time_zone: str) -> tuple[datetime, datetime]:
    """Its first moment and the next month's, in UTC: summer time makes months unlike in length."""
    zone, utc = ZoneInfo(time_zone), ZoneInfo("UTC")
    year, number = (int(part) for part in month.split("-"))
    begin = datetime(year, number, 1, tzinfo=zone)
    end = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=zone)
    return begin.astimezone(utc), end.astimezone(utc)


def month_at(now: datetime, time_zone: str) -> Month:
    return f"{now.astimezone(ZoneInfo(time_zone)):%Y-%m}"
