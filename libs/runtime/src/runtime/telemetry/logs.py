"""Logs: one JSON object a line, without content."""

import logging
import sys
from types import TracebackType

import structlog
from opentelemetry import trace

from runtime.telemetry.type_and_place import write_type_and_place


def set_up_logging(service: str, level: str = "INFO") -> None:
    """One JSON object a line on standard error; the standard library's loggers join in.

    Of an error stand its class and its frames there, never its text, whoever logs it.
    """
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
                structlog.processors.ExceptionRenderer(write_type_and_place),
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


def without_text(
    error: BaseException,
) -> tuple[type[Exception], Exception, TracebackType | None]:
    """Class and frames of an error for a log that others format, not its text: that may quote."""
    kind = type(error)
    bare = type(kind.__name__, (Exception,), {"__module__": kind.__module__})
    return bare, bare(), error.__traceback__
