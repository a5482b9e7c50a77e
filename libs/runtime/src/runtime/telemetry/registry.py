"""Counting: the metrics of this process, and what `/metrics` answers."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client import Metric as Family
from prometheus_client.samples import Sample

from contracts.metrics import (
    METRICS,
    TENANT,
    CounterName,
    GaugeName,
    HistogramName,
    MetricKind,
    MetricName,
)
from runtime.telemetry.child_metrics import added
from runtime.telemetry.top_tenants import OTHER, TopTenants

_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
MOST_SERIES: Final = 1_000
"""Of one metric; our own labels make a few hundred, all routes with all their statuses."""
Derive = Callable[[Iterable[Sample]], Mapping[str, float]]
"""From the samples of a counter to the values of a gauge, by tenant."""


class Metrics:
    """The metrics of `contracts.metrics.METRICS` in one registry, made when first used.

    A metric has at most `most_series` series, and one of which every label is `other`: it counts
    for all later ones. So whatever a label holds, memory and what a scraper is sent stay bounded.
    A label `tenant_id` names the tenants of the most traffic alone (`top_tenants`).
    """

    def __init__(
        self, registry: CollectorRegistry = REGISTRY, *, most_series: int = MOST_SERIES
    ) -> None:
        self.registry = registry
        self._most_series = most_series
        self._made: dict[MetricName, Counter | Gauge | Histogram] = {}
        self._series: defaultdict[str, set[frozenset[tuple[str, str]]]] = defaultdict(set)
        self._children: Callable[[], Iterable[Family]] | None = None
        self._tenants = TopTenants(self._add_to_other)
        self._derived: dict[GaugeName, tuple[CounterName, Derive]] = {}

    def join(self, children: Callable[[], Iterable[Family]] | None) -> None:
        """From now on add in what the processes counted that this one starts; None: no more."""
        self._children = children

    def collect(self) -> Iterable[Family]:
        """For `generate_latest`: all there is to scrape."""
        own: Iterable[Family] = self.registry.collect()
        found = list(own if self._children is None else added(own, self._children()))
        return [*found, *self._derive(found)]

    def derive(self, name: GaugeName, of: CounterName, work: Derive) -> None:
        """A gauge by tenant that follows from a counter, of this process and its children."""
        self._derived[name] = of, work

    def _derive(self, found: Iterable[Family]) -> Iterable[Family]:
        # A counter's family lacks the ending of its samples.
        samples = {f"{family.name}_total": family.samples for family in found}
        for name, (counter, work) in self._derived.items():
            gauge = Family(name, METRICS[name].help, "gauge")
            for tenant_id, value in work(samples.get(counter, ())).items():
                gauge.add_sample(name, {TENANT: tenant_id}, value)
            yield gauge

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
                buckets = row.buckets or _BUCKETS
                made = Histogram(
                    name, row.help, row.labels, registry=self.registry, buckets=buckets
                )
            self._made[name] = made
        return self._made[name]

    def _bounded(self, name: MetricName, labels: dict[str, str]) -> dict[str, str]:
        if TENANT in labels:
            labels = {**labels, TENANT: self._tenants.label(labels[TENANT])}
        series, known = frozenset(labels.items()), self._series[name]
        if series not in known:
            if len(known) >= self._most_series:
                return dict.fromkeys(labels, OTHER)
            known.add(series)
        return labels

    def _add_to_other(self, tenant_id: str) -> None:
        """What was counted for a tenant whose name another takes; nothing counted is lost."""
        for name, metric in self._made.items():
            if TENANT not in METRICS[name].labels:
                continue
            for sample in [sample for family in metric.collect() for sample in family.samples]:
                if sample.labels.get(TENANT) != tenant_id:
                    continue
                if isinstance(metric, Counter) and sample.name.endswith("_total"):
                    metric.labels(**{**sample.labels, TENANT: OTHER}).inc(sample.value)
                    metric.remove(*(sample.labels[label] for label in METRICS[name].labels))
                    self._series[name].discard(frozenset(sample.labels.items()))

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
