"""Histories that this process has read, so that the next question reads what is new only."""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from answering.history.fold import History
from answering.history.placed_text import SeenFrame
from answering.history.record import decode
from answering.screen_history import ScreenHistory
from contracts.ids import SessionId
from runtime.bad_rows import readable

HELD_FOR_S: Final = 600.0
"""Since the last question; a history that is asked again later is read again."""
MAX_HELD_TEXTS: Final = 240_000
"""Of all sessions together, some 100 MB; then the one that was asked longest ago goes."""

Row = tuple[bytes, dict[bytes, bytes]]


class KnownHistory:
    """One session's history, as far as it was read.

    Attributes:
        cursor: the last entry that was read.
    """

    def __init__(self) -> None:
        self.cursor = b"0-0"
        self.lock = asyncio.Lock()
        self.asked_s = 0.0
        # A thread goes on when the task that waits for it is cancelled.
        self._busy = threading.Lock()
        self._history = History()
        self._frames: dict[bytes, SeenFrame] = {}
        self._is_gap = False

    @property
    def text_count(self) -> int:
        return self._history.text_count

    def forget_before(self, entry_id: bytes) -> None:
        """Entries that are not there any more: no later one is told by them."""
        first = _order(entry_id)
        while self._frames and _order(oldest := next(iter(self._frames))) < first:
            del self._frames[oldest]

    async def take(self, rows: Sequence[Row]) -> None:
        """Entries after the cursor; what cannot be read is passed over, and known to be missing."""
        await asyncio.to_thread(self._take, rows)

    async def view(self, until_ms: int | None) -> ScreenHistory:
        return await asyncio.to_thread(self._view, until_ms)

    def _take(self, rows: Sequence[Row]) -> None:
        with self._busy:
            for entry_id, fields in rows:
                self._is_gap |= not self._frames and int(fields.get(b"before", 0)) > 0
                frame = self._read(entry_id, fields)
                if frame is None:
                    self._is_gap = True
                else:
                    self._put(entry_id, frame)
                self.cursor = entry_id

    def _view(self, until_ms: int | None) -> ScreenHistory:
        with self._busy:
            return self._history.view(until_ms)

    def _read(self, entry_id: bytes, fields: dict[bytes, bytes]) -> SeenFrame | None:
        base_id = fields.get(b"base", b"")
        base = self._frames.get(base_id)
        if base_id and base is None:
            return None  # told by an entry that went: no bad row
        rows = [(entry_id, fields)]
        return next(iter(readable("screen memory", rows, lambda row: _decoded(row, base))), None)

    def _put(self, entry_id: bytes, frame: SeenFrame) -> None:
        self._frames[entry_id] = frame
        self._history = self._history.add_seen(frame)
        if self._is_gap:
            self._history = self._history.left_out(frame.shown_at_ms)
            self._is_gap = False


class KnownHistories:
    """Bounded by time and by size."""

    def __init__(self) -> None:
        self._known: OrderedDict[SessionId, KnownHistory] = OrderedDict()

    @asynccontextmanager
    async def of(self, session_id: SessionId) -> AsyncGenerator[KnownHistory]:
        """The session's history for one who reads on; others wait."""
        now_s = asyncio.get_running_loop().time()
        known = self._known.setdefault(session_id, KnownHistory())
        known.asked_s = now_s
        self._known.move_to_end(session_id)
        self._drop(now_s)
        async with known.lock:
            yield known

    def forget(self, session_id: SessionId) -> None:
        self._known.pop(session_id, None)

    def _drop(self, now_s: float) -> None:
        """The one just asked for stays."""
        count = sum(known.text_count for known in self._known.values())
        for session_id, known in list(self._known.items())[:-1]:
            if count <= MAX_HELD_TEXTS and now_s - known.asked_s < HELD_FOR_S:
                return
            count -= known.text_count
            del self._known[session_id]


def _decoded(fields: dict[bytes, bytes], base: SeenFrame | None) -> SeenFrame:
    return decode(fields[b"frame"], base)


def _order(entry_id: bytes) -> tuple[int, int]:
    ms, number = entry_id.split(b"-")
    return int(ms), int(number)
