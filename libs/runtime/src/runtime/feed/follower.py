"""One follower of a feed: what the shared read gives it, and which entries it has had."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from pydantic import ValidationError

from contracts.feed import FEED_ENTRY, FeedEntry
from runtime.bad_rows import report_bad_row

QUEUE_SIZE = 256
"""Entries that wait for one follower; one that is slower reads behind on its own."""
REPEATS_REMEMBERED = 4_096


@dataclass(eq=False)
class Follower:
    """One open feed of one client.

    Attributes:
        fresh: what the shared read brought; None in it: too slow, read behind on your own.
    """

    key: str
    fresh: asyncio.Queue[tuple[str, bytes] | None] = field(
        default_factory=lambda: asyncio.Queue(QUEUE_SIZE + 1)
    )
    is_behind: bool = False

    def give(self, entry_id: str, body: bytes) -> None:
        if self.is_behind:
            return
        if self.fresh.qsize() >= QUEUE_SIZE:
            self.leave_behind()
        else:
            self.fresh.put_nowait((entry_id, body))

    def leave_behind(self) -> None:
        """From now on it reads on its own; once is enough."""
        if not self.is_behind:
            self.is_behind = True
            self.fresh.put_nowait(None)


class Repeats:
    """The event ids seen last, to give each fact's entry once."""

    def __init__(self) -> None:
        self._order: deque[object] = deque()
        self._seen: set[object] = set()

    def parsed_if_new(self, entry_id: str, body: bytes) -> FeedEntry | None:
        """None for a repeat, a kind that only a newer version knows, and what cannot be read."""
        try:
            entry = FEED_ENTRY.validate_json(body)
        except ValidationError as error:
            if error.errors(include_input=False)[0]["type"] != "union_tag_invalid":
                report_bad_row("feed entry", entry_id, error)
            return None
        return entry if self._is_new(entry) else None

    def _is_new(self, entry: FeedEntry) -> bool:
        event_id = getattr(entry, "event_id", None)
        if event_id is None:
            return True
        mark = (entry.kind, event_id)
        if mark in self._seen:
            return False
        self._seen.add(mark)
        self._order.append(mark)
        if len(self._order) > REPEATS_REMEMBERED:
            self._seen.discard(self._order.popleft())
        return True
