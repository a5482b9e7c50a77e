"""Traces: the span contexts that `traceparent` carries from fact to fact."""

from opentelemetry import propagate, trace
from opentelemetry.sdk.trace import TracerProvider


def set_up_tracing() -> None:
    """Real span contexts, so that `traceparent` joins facts; no exporter is set up here."""
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        trace.set_tracer_provider(TracerProvider())


def current_traceparent() -> str | None:
    """W3C `traceparent` of the running span; None outside of one."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get("traceparent")
