"""Keys whose work waits to be done, each at most once at a time."""

import asyncio
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class OnceQueue(Generic[K]):
    """In the order in which they were put; for one event loop."""

    def __init__(self, most: int) -> None:
        self._waiting: asyncio.Queue[K] = asyncio.Queue(most)
        self._known: set[K] = set()

    def put(self, key: K) -> None:
        """Nothing where it is known already, or `most` wait: whoever noticed it will again."""
        if key not in self._known and not self._waiting.full():
            self._known.add(key)
            self._waiting.put_nowait(key)

    async def get(self) -> K:
        """Wait for one. It stays known until `forget`."""
        return await self._waiting.get()

    def forget(self, key: K) -> None:
        """From now on it may be put again."""
        self._known.discard(key)
