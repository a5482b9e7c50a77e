"""Telling failures apart, and putting them into a log without the words they quote."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


class HandlerBugError(Exception):
    """Stands in a log for a handler's error, whose own text may quote content."""


def is_told_to_stop(error: BaseException) -> bool:
    """This very task was cancelled; else a CancelledError leaked out of a handler: a bug."""
    task = asyncio.current_task()
    is_ours = task is not None and task.cancelling() > 0
    return isinstance(error, asyncio.CancelledError) and is_ours


def without_text(
    error: BaseException,
) -> tuple[type[HandlerBugError], HandlerBugError, TracebackType | None]:
    """Frames and class of an error for the log, not its text: that may quote content."""
    return (HandlerBugError, HandlerBugError(type(error).__name__), error.__traceback__)
