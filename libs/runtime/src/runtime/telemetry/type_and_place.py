"""Errors as a log may hold them: class and place. Their own text may quote what was said or sent.

pydantic's names `input_value`, a driver's the arguments of a query, an SDK's a whole request.
"""

import asyncio
import logging
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Final

from structlog.typing import ExcInfo

log = logging.getLogger(__name__)

FRAMES: Final = 50
"""Of one error, the innermost: what recurses without end fills no log."""
ERRORS: Final = 20
"""Of one record: causes, and members of groups."""


def write_type_and_place(exc_info: ExcInfo) -> str:
    """The error's class and frames, then those of what caused it, and of a group's members."""
    lines: list[str] = []
    waiting, seen = [("", exc_info[1])], set[int]()
    while waiting and len(seen) < ERRORS:
        relation, error = waiting.pop(0)
        if id(error) in seen:
            continue
        seen.add(id(error))
        lines.append(f"{relation}{type(error).__module__}.{type(error).__qualname__}")
        lines += _places(error.__traceback__)
        waiting += _related(error)
    return "\n".join(lines)


def log_loop_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """For `set_exception_handler`: asyncio's own logs the failed task with its error's text."""
    error = context.get("exception")
    log.error("loop.error", exc_info=error if isinstance(error, BaseException) else None)


def _related(error: BaseException) -> Iterator[tuple[str, BaseException]]:
    if error.__cause__ is not None:
        yield "caused by ", error.__cause__
    elif error.__context__ is not None and not error.__suppress_context__:
        yield "while handling ", error.__context__
    if isinstance(error, BaseExceptionGroup):
        for member in error.exceptions:  # pyright: ignore[reportUnknownVariableType,reportUnknownMemberType] - of any kind
            yield "with ", member


def _places(trace: TracebackType | None) -> Iterator[str]:
    for frame in traceback.extract_tb(trace, limit=-FRAMES):
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
