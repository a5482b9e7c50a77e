"""Where a tenant stands, when its month ends, and what its calls are held for."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.budgets import STEPS, Ladder
from spending import Quantity, month_end, step_of
from spending.averages import MIN_CALLS, MIN_OUTPUT_TOKENS, Average, Usual, expected
from spending.terms import MONTHS_AHEAD, month_at, month_ends_ms, next_month

USD = st.decimals(0, 1_000_000, places=9)
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago"]
)
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001 - gets its zone
    lambda at: at.replace(tzinfo=UTC)
)


@st.composite
def ladders(draw: st.DrawFn) -> Ladder:
    steps = sorted(draw(st.lists(st.integers(1, 100), min_size=3, max_size=3)))
    return Ladder(fewer_frames=steps[0], cheaper=steps[1], text_only=steps[2])


@given(st.lists(USD, min_size=2, max_size=5), USD, ladders(), st.booleans())
def test_who_has_spent_more_stands_no_higher(
    spent: list[Decimal], total: Decimal, ladder: Ladder, hard: bool
) -> None:
    steps = [STEPS.index(step_of(usd, total, ladder, hard=hard)) for usd in sorted(spent)]
    assert steps == sorted(steps)


@given(USD, USD, USD, ladders())
def test_more_money_never_takes_a_step_down(
    spent: Decimal, total: Decimal, more: Decimal, ladder: Ladder
) -> None:
    before = STEPS.index(step_of(spent, total, ladder, hard=True))
    assert STEPS.index(step_of(spent, total + more, ladder, hard=True)) <= before


@given(USD, USD, ladders())
def test_a_hard_budget_refuses_at_its_end_and_a_soft_one_never(
    spent: Decimal, total: Decimal, ladder: Ladder
) -> None:
    assert (step_of(spent, total, ladder, hard=True) == "refused") == (spent >= total)
    assert step_of(spent, total, ladder, hard=False) != "refused"
    assert step_of(spent, None, ladder, hard=True) == "full"


@pytest.mark.parametrize(
    ("spent", "step"),
    [
        ("69.999999999", "full"),
        ("70", "fewer_frames"),
        ("85", "cheaper"),
        ("95", "text_only"),
        ("99.999999999", "text_only"),
        ("100", "refused"),
    ],
)
def test_a_step_begins_at_its_percentage_to_the_nano_dollar(spent: str, step: str) -> None:
    assert step_of(Decimal(spent), Decimal(100), Ladder(), hard=True) == step


@given(TIMES, ZONES)
def test_it_is_a_month_until_the_midnight_after_it(at: datetime, zone: str) -> None:
    month = month_at(at, zone)
    end = month_end(month, zone)
    assert at < end
    assert month_at(end - timedelta(milliseconds=1), zone) == month
    assert month_at(end, zone) == next_month(month)


@given(TIMES, ZONES)
def test_the_months_ahead_follow_each_other(at: datetime, zone: str) -> None:
    ends = month_ends_ms(at, zone)
    assert len(ends) == MONTHS_AHEAD
    assert list(ends) == sorted(ends)
    assert list(ends.values()) == sorted(ends.values())
    names = list(ends)
    assert [next_month(month) for month in names[:-1]] == names[1:]


@given(
    st.integers(1, 200_000),
    st.integers(1, 8_000),
    st.integers(0, 50),
    st.builds(Usual, st.floats(0, 3), st.floats(0, 1)),
    st.builds(Usual, st.floats(0, 3), st.floats(0, 1)),
    st.builds(Usual, st.floats(0, 10_000), st.floats(0, 5_000)),
)
def test_no_call_is_held_beyond_its_worst_case_or_for_no_words_at_all(
    tokens_in: int, tokens_out: int, calls: int, read: Usual, written: Usual, output: Usual
) -> None:
    worst = Quantity.tokens(tokens_in, tokens_out, cache_written=tokens_in)
    held = expected(worst, Average(calls, read, written, output))
    assert (held.tokens_cache_written or 0) <= (held.tokens_in or 0) <= tokens_in
    assert min(tokens_out, MIN_OUTPUT_TOKENS) <= (held.tokens_out or 0) <= tokens_out
    assert held == worst or calls >= MIN_CALLS


def test_of_calls_that_are_all_alike_fifty_fit_where_sixty_are_paid_for() -> None:
    usual = Average(20, Usual(0.8, 0), Usual(0, 0), Usual(300, 0))
    held = expected(Quantity.tokens(2_000, 1_200, cache_written=2_000), usual)
    assert (held.tokens_in, held.tokens_out) == (1_633, 330)  # 2 % and 10 % more than came
    assert held.tokens_cache_written == 0
    assert 50 * held.amount <= 60 * (1_600 + 300)
