"""The catalogue of metrics: name, kind, unit and labels. Labels are bounded sets, never ids.

`tenant_id` is bounded where metrics are made: the tenants of the most traffic, the rest `other`.

The names stand in `CounterName`, `GaugeName` and `HistogramName` too, so that a misspelt one, or
one of another kind, does not pass the type checker.
"""

from typing import Final, Literal, NamedTuple

TENANT: Final = "tenant_id"
MetricKind = Literal["counter", "gauge", "histogram"]
CounterName = Literal[
    "deliveries_total",
    "dead_letters_total",
    "unparsable_total",
    "expired_total",
    "retries_total",
    "trimmed_total",
    "feed_entries_total",
    "http_requests_total",
    "ai_requests_total",
    "ai_tokens_total",
    "ai_cost_total",
    "account_corrections_total",
    "ledger_sums_mended_total",
    "frame_processing_total",
    "cache_hits_total",
    "cache_misses_total",
    "turns_total",
    "statements_lost_total",
    "room_repairs_total",
    "webhooks_total",
    "webhook_deliveries_total",
    "speech_failures_total",
    "model_failures_total",
    "breakers_opened_total",
    "bad_rows_total",
    "background_failures_total",
    "passages_reembedded_total",
]
GaugeName = Literal[
    "deliveries_in_flight",
    "group_lag",
    "group_pending",
    "group_oldest_seconds",
    "livekit_active_rooms",
    "rooms_watched",
    "redis_memory_used_ratio",
    "frame_deduplication_rate",
]
HistogramName = Literal[
    "delivery_seconds",
    "http_request_seconds",
    "turn_part_seconds",
    "model_seconds",
    "ai_request_duration_seconds",
]
MetricName = CounterName | GaugeName | HistogramName


class Metric(NamedTuple):
    """One row of the catalogue; `help` is what a scraper is told.

    Attributes:
        buckets: of a histogram, upper bounds; empty: those of `runtime.telemetry`.
    """

    kind: MetricKind
    unit: str
    labels: tuple[str, ...]
    help: str
    buckets: tuple[float, ...] = ()


METRICS: Final[dict[MetricName, Metric]] = {
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
    "ai_requests_total": Metric(
        "counter",
        "1",
        (TENANT, "model", "complexity", "success"),
        "Calls of language models for answers, one for each attempt.",
    ),
    "ai_request_duration_seconds": Metric(
        "histogram",
        "s",
        ("model",),
        "Time inside such a call.",
        buckets=(0.1, 0.5, 1, 2, 5, 10),
    ),
    "ai_tokens_total": Metric(
        "counter",
        "1",
        (TENANT, "model", "token_type"),
        "Tokens as stated in the ledger: input (without cached ones), cached, output.",
    ),
    "ai_cost_total": Metric(
        "counter", "usd", (TENANT, "model"), "Stated cost of all that is paid for, speech too."
    ),
    "account_corrections_total": Metric(
        "counter", "1", ("direction",), "Accounts that had parted from the ledger, put right."
    ),
    "ledger_sums_mended_total": Metric(
        "counter", "1", (), "Sums that were not what the ledger's rows add up to, put right."
    ),
    "frame_processing_total": Metric(
        "counter", "1", (TENANT, "action"), "Frames seen, kept, dropped, described, shed."
    ),
    "frame_deduplication_rate": Metric(
        "gauge",
        "1",
        (TENANT,),
        "Share of the frames seen that were not kept, [0, 1], since the process began.",
    ),
    "cache_hits_total": Metric("counter", "1", ("cache_type",), "Found in a cache."),
    "cache_misses_total": Metric("counter", "1", ("cache_type",), "Looked for there in vain."),
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
    "webhook_deliveries_total": Metric(
        "counter", "1", ("outcome",), "Notices to tenants' webhooks: delivered, retried, given up."
    ),
    "speech_failures_total": Metric(
        "counter", "1", ("kind", "provider"), "A provider of speech failed; the next was asked."
    ),
    "model_failures_total": Metric(
        "counter", "1", ("model", "reason"), "A model gave no reply; the next was asked."
    ),
    "breakers_opened_total": Metric(
        "counter", "1", ("model", "reason"), "A model failed so that it is left alone for a while."
    ),
    "model_seconds": Metric(
        "histogram", "s", ("kind", "model"), "Time inside a call of a model of our own."
    ),
    "redis_memory_used_ratio": Metric(
        "gauge", "1", (), "Of Redis's maxmemory; 0 where there is none. From 1 on writers wait."
    ),
    "bad_rows_total": Metric(
        "counter", "1", ("source",), "Rows that a sweep could not read, set aside; see the log."
    ),
    "background_failures_total": Metric(
        "counter", "1", ("task",), "Background tasks that failed and were tried again."
    ),
    "passages_reembedded_total": Metric(
        "counter", "1", (), "Passages embedded by another model beside the live index."
    ),
}
