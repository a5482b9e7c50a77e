"""The log as a service writes it, for the length of a block."""

import io
import logging
import sys
from collections.abc import Generator
from contextlib import contextmanager

import structlog

from runtime.telemetry import set_up_logging


@contextmanager
def real_log(level: str = "DEBUG") -> Generator[io.StringIO]:
    """All that is logged meanwhile, as lines of JSON; afterwards logging is as it was before."""
    root, written, stderr = logging.getLogger(), io.StringIO(), sys.stderr
    handlers, old_level = root.handlers[:], root.level
    sys.stderr = written
    try:
        set_up_logging("test", level)
        yield written
    finally:
        sys.stderr = stderr
        root.handlers[:] = handlers
        root.setLevel(old_level)
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
