"""Counting: the metrics of this process, and what `/metrics` answers."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client import Metric as Family

from contracts.metrics import (
    METRICS,
    CounterName,
    GaugeName,
    HistogramName,
    MetricKind,
    MetricName,
)
from runtime.telemetry.child_metrics import added

_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
MOST_SERIES: Final = 1_000
"""Of one metric; our own labels make a few hundred, all routes with all their statuses."""
OTHER: Final = "other"


class Metrics:
    """The metrics of `contracts.metrics.METRICS` in one registry, made when first used.

    A metric has at most `most_series` series, and one of which every label is `other`: it counts
    for all later ones. So whatever a label holds, memory and what a scraper is sent stay bounded.
    """

    def __init__(
        self, registry: CollectorRegistry = REGISTRY, *, most_series: int = MOST_SERIES
    ) -> None:
        self.registry = registry
        self._most_series = most_series
        self._made: dict[str, Counter | Gauge | Histogram] = {}
        self._series: defaultdict[str, set[frozenset[tuple[str, str]]]] = defaultdict(set)
        self._children: Callable[[], Iterable[Family]] | None = None

    def join(self, children: Callable[[], Iterable[Family]] | None) -> None:
        """From now on add in what the processes counted that this one starts; None: no more."""
        self._children = children

    def collect(self) -> Iterable[Family]:
        """For `generate_latest`: all there is to scrape."""
        own = self.registry.collect()
        return own if self._children is None else added(own, self._children())

    def _make(self, name: MetricName, kind: MetricKind) -> Counter | Gauge | Histogram:
        if name not in self._made:
            row = METRICS[name]
            if row.kind != kind:
                raise TypeError(f"{name} is a {row.kind}, not a {kind}")
            if kind == "counter":
                made = Counter(name, row.help, row.labels, registry=self.registry)
            elif kind == "gauge":
                # Where several processes count: the sum over those that live.
                made = Gauge(
                    name,
                    row.help,
                    row.labels,
                    registry=self.registry,
                    multiprocess_mode="livesum",
                )
            else:
                made = Histogram(
                    name, row.help, row.labels, registry=self.registry, buckets=_BUCKETS
                )
            self._made[name] = made
        return self._made[name]

    def _bounded(self, name: MetricName, labels: dict[str, str]) -> dict[str, str]:
        series, known = frozenset(labels.items()), self._series[name]
        if series not in known:
            if len(known) >= self._most_series:
                return dict.fromkeys(labels, OTHER)
            known.add(series)
        return labels

    def add(self, name: CounterName, amount: float = 1, **labels: str) -> None:
        """Count up a counter."""
        metric = self._make(name, "counter")
        assert isinstance(metric, Counter)
        (metric.labels(**self._bounded(name, labels)) if labels else metric).inc(amount)

    def set(self, name: GaugeName, value: float, **labels: str) -> None:
        """Set a gauge."""
        metric = self._make(name, "gauge")
        assert isinstance(metric, Gauge)
        (metric.labels(**self._bounded(name, labels)) if labels else metric).set(value)

    def observe(self, name: HistogramName, seconds: float, **labels: str) -> None:
        """Put one value into a histogram."""
        metric = self._make(name, "histogram")
        assert isinstance(metric, Histogram)
        (metric.labels(**self._bounded(name, labels)) if labels else metric).observe(seconds)


metrics: Final = Metrics()
"""One per process, like the default registry behind it."""
