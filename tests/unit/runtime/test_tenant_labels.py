"""A tenant is a label of a metric only while it is one of those with the most traffic."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Metric

from contracts.metrics import TENANT
from runtime.telemetry import OTHER, Metrics
from runtime.telemetry.child_metrics import added
from runtime.telemetry.top_tenants import MOST_NAMED, TopTenants, with_top_tenants

TENANTS = st.lists(st.integers(0, 60).map(lambda at: f"tenant-{at}"), max_size=300)


def counts_of(metrics: Metrics) -> dict[str, float]:
    return {
        sample.labels[TENANT]: sample.value
        for family in metrics.collect()
        for sample in family.samples
        if sample.name == "frame_processing_total"
    }


def count(metrics: Metrics, tenant_id: str, amount: float = 1) -> None:
    metrics.add("frame_processing_total", amount, tenant_id=tenant_id, action="seen")


@given(TENANTS)
def test_so_many_tenants_have_a_name_and_nothing_counted_is_lost(tenants: list[str]) -> None:
    metrics = Metrics(CollectorRegistry())
    for tenant_id in tenants:
        count(metrics, tenant_id, 3)
    counts, true = counts_of(metrics), Counter(tenants)
    assert len(counts.keys() - {OTHER}) <= MOST_NAMED
    assert sum(counts.values()) == 3 * len(tenants)
    assert all(counts[name] <= 3 * true[name] for name in counts if name != OTHER)


@given(TENANTS)
def test_what_is_counted_for_the_others_never_falls(tenants: list[str]) -> None:
    metrics, before = Metrics(CollectorRegistry()), 0.0
    for tenant_id in tenants:
        count(metrics, tenant_id)
        others = counts_of(metrics).get(OTHER, 0.0)
        assert others >= before
        before = others


def test_a_tenant_that_grows_takes_the_name_of_a_small_one() -> None:
    metrics = Metrics(CollectorRegistry())
    for at in range(MOST_NAMED):
        count(metrics, f"early-{at}")
    for _ in range(40):
        count(metrics, "late")
    assert "late" in counts_of(metrics)
    assert len(counts_of(metrics)) == MOST_NAMED + 1


def test_equals_do_not_take_each_others_name() -> None:
    left: list[str] = []
    tenants = TopTenants(left.append, most=1)
    for _ in range(100):
        tenants.label("one")
        tenants.label("two")
    assert left == []


@pytest.mark.parametrize("text", ["", "Who pays for this?", "a" * 41, "UPPER", "a\nb", 'x"} 1'])
def test_what_cannot_be_a_tenants_name_is_no_label(text: str) -> None:
    metrics = Metrics(CollectorRegistry())
    count(metrics, text)
    assert counts_of(metrics) == {OTHER: 1}


def test_of_a_thousand_tenants_whose_meetings_ended_only_the_largest_are_kept_by_name() -> None:
    family = Metric("frame_processing", "Frames.", "counter")
    for at in range(1_000):
        family.add_sample("frame_processing_total", {TENANT: f"tenant-{at}"}, at)
    [kept] = added(with_top_tenants([family]), ())
    counts = {sample.labels[TENANT]: sample.value for sample in kept.samples}
    assert sum(counts.values()) == sum(range(1_000))
    assert counts.keys() == {OTHER, *(f"tenant-{at}" for at in range(1_000 - MOST_NAMED, 1_000))}


def test_a_derived_gauge_is_there_with_the_counter_that_it_follows_from() -> None:
    metrics = Metrics(CollectorRegistry())
    metrics.derive("frame_deduplication_rate", "frame_processing_total", lambda _: {"acme": 0.5})
    [family] = [one for one in metrics.collect() if one.name == "frame_deduplication_rate"]
    assert [(sample.labels, sample.value) for sample in family.samples] == [({TENANT: "acme"}, 0.5)]
