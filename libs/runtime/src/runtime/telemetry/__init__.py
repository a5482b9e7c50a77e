"""Logs, metrics and traces. Content (speech, screen text, prompts, answers) never enters them."""

from runtime.telemetry.child_metrics import ChildMetrics
from runtime.telemetry.logs import set_up_logging, without_text
from runtime.telemetry.registry import Metrics, metrics
from runtime.telemetry.top_tenants import OTHER
from runtime.telemetry.tracing import current_traceparent, set_up_tracing
from runtime.telemetry.type_and_place import log_loop_error

__all__ = [
    "OTHER",
    "ChildMetrics",
    "Metrics",
    "current_traceparent",
    "log_loop_error",
    "metrics",
    "set_up_logging",
    "set_up_tracing",
    "without_text",
]
