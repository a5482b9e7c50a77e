"""Rows that a sweep cannot read or deal with: set aside and named, so that the rest goes on."""

import logging
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import Final, Literal, TypeVar

from contracts.errors import UnavailableError
from runtime.clock import Clock
from runtime.telemetry import metrics

log = logging.getLogger(__name__)
T = TypeVar("T")
RowT = TypeVar("RowT")
BadRowSource = Literal[
    "account",
    "board",
    "budget notice",
    "earlier turn",
    "feed entry",
    "hold",
    "idle session",
    "indexing progress",
    "outbox",
    "retention",
    "room",
    "screen memory",
    "session fact",
    "unstated usage",
]
AGAIN_AFTER_S: Final = 3600.0
AT_MOST: Final = 10_000
"""Remembered per sweep; beyond, the oldest is tried again sooner."""
ID_CHARS: Final = 100


def report_bad_row(source: BadRowSource, row_id: object, error: BaseException) -> None:
    """Count it, and name it in the log by its id and the class of the error: never its content."""
    metrics.add("bad_rows_total", source=source)
    row = str(row_id)[:ID_CHARS]
    log.error(
        "bad_row.set_aside", extra={"source": source, "row": row, "error": type(error).__name__}
    )


def readable(
    source: BadRowSource, rows: Iterable[tuple[object, RowT]], parse: Callable[[RowT], T]
) -> list[T]:
    """What could be parsed, in its order; what could not is reported by its id and left out.

    Args:
        source: of the rows.
        rows: id and row of each.
        parse: raises ValueError (pydantic's is one), KeyError or TypeError for a bad one.
    """
    found: list[T] = []
    for row_id, row in rows:
        try:
            found.append(parse(row))
        except (ValueError, KeyError, TypeError) as error:
            report_bad_row(source, row_id, error)
    return found


class BadRows:
    """The rows of one sweep that failed: left out by this process for an hour, then tried again.

    They stay where they stand, for whoever mends them or a newer version that can read them. A
    sweep that takes the oldest `n` asks for `n + len(bad)`, so that they keep nobody waiting.
    """

    def __init__(self, source: BadRowSource, clock: Clock) -> None:
        self._source: BadRowSource = source
        self._clock = clock
        self._until_s: dict[object, float] = {}

    def __len__(self) -> int:
        self._forget_old()
        return len(self._until_s)

    def __contains__(self, row_id: object) -> bool:
        self._forget_old()
        return row_id in self._until_s

    def add(self, row_id: object, error: BaseException) -> None:
        report_bad_row(self._source, row_id, error)
        self._until_s.pop(row_id, None)
        self._until_s[row_id] = self._clock.monotonic() + AGAIN_AFTER_S
        if len(self._until_s) > AT_MOST:
            del self._until_s[next(iter(self._until_s))]

    def note(self, row_id: object, error: BaseException) -> None:
        """For what is tried each time all the same: said at first, then once an hour."""
        if row_id not in self:
            self.add(row_id, error)

    @contextmanager
    def row(self, row_id: object) -> Generator[None]:
        """Around the work on one row: its failure is the row's, and does not come out.

        Raises:
            UnavailableError: the outside failed, not the row.
        """
        try:
            yield
        except UnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a row does, the others go on
            self.add(row_id, error)

    def _forget_old(self) -> None:
        # In the order in which they were added, so the first are the oldest.
        now_s = self._clock.monotonic()
        while self._until_s and next(iter(self._until_s.values())) <= now_s:
            del self._until_s[next(iter(self._until_s))]
