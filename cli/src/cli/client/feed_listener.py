"""A session's feed in the background, every entry with the moment it arrived."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self, TypeVar
from uuid import UUID

from cli.client.event_thread import EventThread
from cli.client.events import Event
from cli.client.gateway import Gateway
from cli.command_line.errors import CliError
from contracts.feed import FEED_ENTRY, FeedEntry

LOOK_EVERY_S: Final = 0.02
EntryT = TypeVar("EntryT")


@dataclass(frozen=True)
class ArrivedEntry:
    """An entry, and when it came (monotonic seconds)."""

    entry: FeedEntry
    at: float


class FeedListener:
    """Entries of one session's feed, from its beginning until the block ends."""

    def __init__(self, gateway: Gateway, session_id: UUID) -> None:
        self._arrived: list[ArrivedEntry] = []  # only ever grows; one writer
        self._lost: CliError | None = None
        self._thread = EventThread(
            gateway, session_id, on_event=self._on_event, on_lost=self._on_lost
        )

    def __enter__(self) -> Self:
        self._thread.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.__exit__()

    def all(self, kind: type[EntryT], *, since: float = 0.0) -> list[EntryT]:
        """Entries of a kind that came since then, in order."""
        return [
            one.entry
            for one in tuple(self._arrived)
            if one.at >= since and isinstance(one.entry, kind)
        ]

    async def first(
        self,
        kind: type[EntryT],
        fits: Callable[[EntryT], bool] = lambda _: True,
        *,
        since: float = 0.0,
        timeout_s: float,
    ) -> EntryT | None:
        """The first such entry; None when none came in time.

        Raises:
            CliError: 4, the gateway was lost.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            if self._lost is not None:
                raise self._lost
            for entry in self.all(kind, since=since):
                if fits(entry):
                    return entry
            if time.monotonic() > deadline:
                return None
            await asyncio.sleep(LOOK_EVERY_S)

    def _on_event(self, event: Event, at: float) -> None:
        if event.name != "snapshot":
            self._arrived.append(ArrivedEntry(FEED_ENTRY.validate_json(event.data), at))

    def _on_lost(self, error: CliError) -> None:
        self._lost = error
