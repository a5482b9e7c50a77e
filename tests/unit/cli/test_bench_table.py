"""What benchmarks report, and when they say that a figure is missed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.bench.harness.report import Limit, Row, latency, quantile

values = st.lists(st.floats(0, 1e6), min_size=1, max_size=200)


@given(values=values, share=st.floats(0.01, 1))
def test_a_quantile_is_the_smallest_value_that_covers_its_share(
    values: list[float], share: float
) -> None:
    found = quantile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-3
    assert sum(value < found for value in values) < share * len(values) + 1e-3


def test_latency_stands_beside_the_median_of_its_reference() -> None:
    row = latency("hop", [1.0, 2.0, 30.0], [0.5, 0.5, 9.0])
    assert (row.p50, row.p99, row.reference, row.ratio) == (2.0, 30.0, 0.5, 4.0)


@pytest.mark.parametrize(
    ("limit", "is_missed"),
    [
        (Limit("hop", "p50", at_most=2.0), False),
        (Limit("hop", "p50", at_most=1.9), True),
        (Limit("hop", "per_second", at_least=1.0), True),
        (Limit("hop", "p99", at_least=9.0), False),
    ],
)
def test_a_limit_tells_whether_it_is_reached(limit: Limit, *, is_missed: bool) -> None:
    rows = [Row("hop", "ms", p50=2.0, p99=9.0)]
    assert bool(limit.missed(rows)) is is_missed
