"""A session's feed in the background, every entry with the moment it arrived."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar
from uuid import UUID

from cli.client.gateway import Gateway
from cli.command_line.errors import CliError
from contracts.feed import FEED_ENTRY, FeedEntry

LOOK_EVERY_S: Final = 0.02
EntryT = TypeVar("EntryT")


@dataclass(frozen=True)
class Arrived:
    """An entry, and when it came (monotonic seconds)."""

    entry: FeedEntry
    at: float


class Feed:
    """Follows a session from its beginning until the block ends.

    The thread is a daemon: a connection that is silent cannot be interrupted, and must not keep
    the command alive.
    """

    def __init__(self, gateway: Gateway, session_id: UUID) -> None:
        self._gateway = gateway
        self._session_id = session_id
        self._arrived: list[Arrived] = []  # only ever grows; one writer
        self._lost: CliError | None = None
        self._stopped = threading.Event()

    def __enter__(self) -> Feed:
        threading.Thread(target=self._run, name="feed", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()

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

    def _run(self) -> None:
        try:
            for event in self._gateway.events(self._session_id):
                if event.name != "snapshot":
                    entry = FEED_ENTRY.validate_json(event.data)
                    self._arrived.append(Arrived(entry, time.monotonic()))
                if self._stopped.is_set():
                    return
        except CliError as error:
            self._lost = error
        except RuntimeError:  # the client was closed under us: the command is over
            if not self._stopped.is_set():
                raise
