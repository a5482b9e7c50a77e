"""What people say and write, in line to be worked through."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")
log = logging.getLogger(__name__)


class Inbox(Generic[T]):
    """A bounded line; `run` must be running. What breaks on one item does not end the meeting."""

    def __init__(self, name: str, size: int, take: Callable[[T], Awaitable[None]]) -> None:
        """`name` is that of the events in the log."""
        self._full, self._broke, self._take = f"{name}.full", f"{name}.broke", take
        self._waiting: asyncio.Queue[T] = asyncio.Queue(size)

    def put(self, item: T) -> None:
        """Does not wait; when more wait than can be, it is as if the item had not come."""
        if self._waiting.full():
            log.error(self._full)
            return
        self._waiting.put_nowait(item)

    async def run(self) -> None:
        """Take items in the order they came, until cancelled."""
        while True:
            item = await self._waiting.get()
            try:
                await self._take(item)
            except Exception as error:  # noqa: BLE001 - one item less, but the meeting goes on
                log.error(self._broke, extra={"error_type": type(error).__name__})  # noqa: TRY400
