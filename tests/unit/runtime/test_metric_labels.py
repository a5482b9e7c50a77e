"""No caller makes a series: labels are ours, and what would still grow without end is held."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from threading import Event

import httpx
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.samples import Sample

from contracts.metrics import METRICS, MetricName
from runtime.telemetry import OTHER, Metrics, metrics
from runtime.web import make_app
from support.eventually import eventually

MOST = 20
NAMES: st.SearchStrategy[MetricName] = st.sampled_from(
    [name for name, row in METRICS.items() if row.labels]
)


def record(counting: Metrics, name: MetricName, labels: dict[str, str]) -> None:
    kinds = {"counter": counting.add, "gauge": counting.set, "histogram": counting.observe}
    kinds[METRICS[name].kind](name, 1, **labels)  # pyright: ignore[reportArgumentType] - by its kind


def label_sets(counting: Metrics, name: str) -> set[tuple[str, ...]]:
    family = name.removesuffix("_total")
    return {
        tuple(sorted((key, value) for key, value in sample.labels.items() if key != "le"))
        for metric in counting.collect()
        if metric.name == family
        for sample in metric.samples
    }  # pyright: ignore[reportReturnType] - pairs of a label and its value


@given(name=NAMES, texts=st.lists(st.text(max_size=20), min_size=MOST, max_size=100, unique=True))
def test_whatever_a_label_holds_a_metric_has_so_many_series_and_one_for_all_others(
    name: MetricName, texts: list[str]
) -> None:
    counting = Metrics(CollectorRegistry(), most_series=MOST)
    labels = METRICS[name].labels
    for text in texts:
        record(counting, name, dict.fromkeys(labels, text))
    assert len(label_sets(counting, name)) <= MOST + 1


def test_what_was_known_is_counted_on_when_the_metric_is_full() -> None:
    counting = Metrics(CollectorRegistry(), most_series=1)
    for route in ("/known", "/late", "/later", "/known"):
        counting.add("http_requests_total", route=route, method="GET", status="200")
    value = counting.registry.get_sample_value
    known = {"route": "/known", "method": "GET", "status": "200"}
    assert value("http_requests_total", known) == 2
    assert value("http_requests_total", dict.fromkeys(known, OTHER)) == 2


@contextmanager
def scrape_that_lasts(until: Event, begun: Event) -> Generator[list[int]]:
    """What `/metrics` collects takes as long as this says; the list grows with each collection."""
    collections: list[int] = []

    def collect() -> list[Metric]:
        collections.append(1)
        begun.set()
        assert until.wait(8)
        return [_one_sample()]

    metrics.join(collect)
    try:
        yield collections
    finally:
        until.set()
        metrics.join(None)


def _one_sample() -> Metric:
    family = Metric("child_things", "of a child", "gauge")
    family.samples.append(Sample("child_things", {}, 1))
    return family


def client() -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=make_app("test", []))
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def test_liveness_and_requests_are_answered_while_metrics_are_rendered_once_for_all() -> None:
    until, begun = Event(), Event()
    with scrape_that_lasts(until, begun) as collections:
        async with client() as http, asyncio.TaskGroup() as tasks:
            scrapes = [tasks.create_task(http.get("/metrics")) for _ in range(5)]
            assert await eventually(begun.is_set)
            assert (await http.get("/health/live")).status_code == 200
            assert not any(scrape.done() for scrape in scrapes)
            until.set()
    assert len(collections) == 1
    assert all("child_things 1.0" in scrape.result().text for scrape in scrapes)


async def test_a_scraper_that_goes_away_leaves_the_others_theirs() -> None:
    until, begun = Event(), Event()
    with scrape_that_lasts(until, begun):
        async with client() as http, asyncio.TaskGroup() as tasks:
            first, second = (tasks.create_task(http.get("/metrics")) for _ in range(2))
            assert await eventually(begun.is_set)
            first.cancel()
            until.set()
    assert second.result().status_code == 200
