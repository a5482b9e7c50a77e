"""Logs, metrics and traces. Content (speech, screen text, prompts, answers) never enters them.

Names of metrics stand in `METRICS`, with kind, unit and labels; labels are bounded sets, never ids.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable
from typing import Final, Literal, NamedTuple

import structlog
from opentelemetry import propagate, trace
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client import Metric as Family

from runtime.child_metrics import added

MetricKind = Literal["counter", "gauge", "histogram"]


class Metric(NamedTuple):
    """One row of the table."""

    kind: MetricKind
    unit: str
    labels: tuple[str, ...]
    help: str


METRICS: Final[dict[str, Metric]] = {
    "deliveries_total": Metric(
        "counter", "1", ("event_type", "group", "outcome"), "Deliveries by how they ended."
    ),
    "delivery_seconds": Metric(
        "histogram", "s", ("event_type", "group"), "From the read to the commit."
    ),
    "deliveries_in_flight": Metric("gauge", "1", ("group",), "Deliveries held by this process."),
    "dead_letters_total": Metric("counter", "1", ("event_type", "group", "code"), "Given up."),
    "unparsable_total": Metric(
        "counter", "1", ("event_type", "group"), "Bodies that do not parse."
    ),
    "expired_total": Metric("counter", "1", ("event_type", "group"), "Passed over, too old."),
    "retries_total": Metric(
        "counter", "1", ("event_type", "group"), "Tried again, outside failed."
    ),
    "group_lag": Metric("gauge", "1", ("event_type", "group"), "Entries not read yet."),
    "group_pending": Metric("gauge", "1", ("event_type", "group"), "Entries read, not finished."),
    "group_oldest_seconds": Metric(
        "gauge", "s", ("event_type", "group"), "Age of the oldest entry the group still needs."
    ),
    "trimmed_total": Metric("counter", "1", ("event_type",), "Entries removed after retention."),
    "feed_entries_total": Metric("counter", "1", ("kind",), "Written to session feeds."),
    "http_requests_total": Metric("counter", "1", ("route", "method", "status"), "HTTP answers."),
    "http_request_seconds": Metric("histogram", "s", ("route", "method"), "HTTP time to answer."),
    "usage_cost_usd_total": Metric("counter", "usd", ("kind", "provider"), "Stated cost."),
    "frames_total": Metric("counter", "1", ("outcome",), "Frames seen, kept, described, shed."),
    "turns_total": Metric("counter", "1", ("channel", "outcome"), "Turns by how they ended."),
    "turn_part_seconds": Metric("histogram", "s", ("part",), "A turn's latency by part."),
    "statements_lost_total": Metric(
        "counter", "1", (), "Of live meetings, lost because Redis was away for too long."
    ),
    "livekit_active_rooms": Metric("gauge", "1", (), "Live meetings that this process attends."),
    "room_repairs_total": Metric(
        "counter", "1", ("step",), "Live meetings: agents sent, zombies and duplicates removed."
    ),
    "rooms_watched": Metric("gauge", "1", (), "Live meetings with people in them."),
    "webhooks_total": Metric("counter", "1", ("outcome",), "What LiveKit told, and what of it."),
    "speech_failures_total": Metric(
        "counter", "1", ("kind", "provider"), "A provider of speech failed; the next was asked."
    ),
    "model_seconds": Metric("histogram", "s", ("kind", "model"), "Time inside a model call."),
}
_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The table's metrics in one registry; asking for an unknown name is a bug."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.registry = registry
        self._made: dict[str, Counter | Gauge | Histogram] = {}
        self._children: Callable[[], Iterable[Family]] | None = None

    def join(self, children: Callable[[], Iterable[Family]] | None) -> None:
        """From now on add in what the processes counted that this one starts; None: no more."""
        self._children = children

    def collect(self) -> Iterable[Family]:
        """For `generate_latest`: all there is to scrape."""
        own = self.registry.collect()
        return own if self._children is None else added(own, self._children())

    def _make(self, name: str, kind: MetricKind) -> Counter | Gauge | Histogram:
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

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        """Count up a counter."""
        metric = self._make(name, "counter")
        assert isinstance(metric, Counter)
        (metric.labels(**labels) if labels else metric).inc(amount)

    def set(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""
        metric = self._make(name, "gauge")
        assert isinstance(metric, Gauge)
        (metric.labels(**labels) if labels else metric).set(value)

    def observe(self, name: str, seconds: float, **labels: str) -> None:
        """Put one value into a histogram."""
        metric = self._make(name, "histogram")
        assert isinstance(metric, Histogram)
        (metric.labels(**labels) if labels else metric).observe(seconds)


metrics: Final = Metrics()
"""One per process, like the default registry behind it."""


def set_up_logging(service: str, level: str = "INFO") -> None:
    """One JSON object a line on standard error; the standard library's loggers join in."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_trace,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("uvicorn.access", "httpx", "httpcore", "faststream", "rapidocr", "RapidOCR"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)


def _with_trace(
    _logger: object, _name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = trace.format_trace_id(context.trace_id)
    return event


def set_up_tracing() -> None:
    """Real span contexts, so that `traceparent` joins facts; no exporter is set up here."""
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        trace.set_tracer_provider(TracerProvider())


def current_traceparent() -> str | None:
    """W3C `traceparent` of the running span; None outside of one."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get("traceparent")
