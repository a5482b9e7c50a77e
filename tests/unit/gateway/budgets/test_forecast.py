"""The forecast: linear in the time of the month that has passed, with a day of data at least."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.budgets.forecast import bounds_of, forecast_usd


def test_a_third_of_the_month_makes_a_third_of_its_forecast() -> None:
    now = datetime(2026, 11, 11, tzinfo=UTC)
    assert forecast_usd(Decimal("12.5"), "2026-11", "UTC", now) == Decimal("37.50")


@pytest.mark.parametrize(("hours", "known"), [(23, False), (24, True)])
def test_a_month_that_is_younger_than_a_day_has_none(hours: int, known: bool) -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=hours)
    assert (forecast_usd(Decimal(1), "2026-11", "UTC", now) is not None) is known


def test_the_month_begins_at_the_tenants_midnight() -> None:
    begin, end = bounds_of("2026-12", "Pacific/Auckland")
    assert begin == datetime(2026, 11, 30, 11, tzinfo=UTC)
    assert end == datetime(2026, 12, 31, 11, tzinfo=UTC)


def test_a_month_with_summer_time_is_an_hour_longer_or_shorter() -> None:
    begin, end = bounds_of("2026-10", "Europe/Berlin")
    assert end - begin == timedelta(days=31, hours=1)


@given(
    spent=st.decimals(0, 1_000_000, places=9),
    seconds=st.integers(86_400, 40 * 86_400),
    zone=st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata", "Europe/Berlin"]),
)
def test_a_forecast_is_never_less_than_what_is_spent(
    spent: Decimal, seconds: int, zone: str
) -> None:
    begin, _ = bounds_of("2027-02", zone)
    forecast = forecast_usd(spent, "2027-02", zone, begin + timedelta(seconds=seconds))
    assert forecast is not None
    assert forecast >= spent
