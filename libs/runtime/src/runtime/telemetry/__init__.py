"""Logs, metrics and traces. Content (speech, screen text, prompts, answers) never enters them."""

from runtime.telemetry.child_metrics import ChildMetrics
from runtime.telemetry.logs import set_up_logging, without_text
from runtime.telemetry.registry import Metrics, metrics
from runtime.telemetry.tracing import current_traceparent, set_up_tracing

__all__ = [
    "ChildMetrics",
    "Metrics",
    "current_traceparent",
    "metrics",
    "set_up_logging",
    "set_up_tracing",
    "without_text",
]
