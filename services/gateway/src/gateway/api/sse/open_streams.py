"""How many event streams are open, or are being opened."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from fastapi import Request

from contracts.errors import RejectedError
from contracts.ids import TenantId

OPENED_AT_ONCE: Final = 4
"""Fewer than the pool has connections, so that a storm of streams leaves some to other requests."""
TURN_TIMEOUT_S: Final = 20.0


class OpenStreams:
    """The event streams of this process, and whose they are."""

    def __init__(self, most: int, most_of_a_tenant: int) -> None:
        self._most = most
        self._most_of_a_tenant = most_of_a_tenant
        self._open: Counter[TenantId] = Counter()
        self._opening = asyncio.Semaphore(OPENED_AT_ONCE)
        self._waiting = 0

    @asynccontextmanager
    async def opening(self) -> AsyncGenerator[None]:
        """Wait for a turn to look into the tables; nothing is held meanwhile.

        Raises:
            RejectedError: code "busy"; as many as may be open wait already, or it took too long.
        """
        if self._waiting >= self._most:
            raise RejectedError("Too many event streams are being opened.", code="busy")
        self._waiting += 1
        try:
            async with asyncio.timeout(TURN_TIMEOUT_S):
                await self._opening.acquire()
        except TimeoutError as error:
            raise RejectedError("Too many event streams are being opened.", code="busy") from error
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._opening.release()

    @contextmanager
    def slot(self, tenant_id: TenantId, most_of_plan: int) -> Generator[None]:
        """A slot for one stream, from before its answer begins until it has ended.

        Raises:
            RejectedError: code "busy"; the process or the tenant has all it may have.
        """
        most_of_a_tenant = min(self._most_of_a_tenant, most_of_plan)
        if self._open.total() >= self._most or self._open[tenant_id] >= most_of_a_tenant:
            raise RejectedError("Too many event streams are open; close some.", code="busy")
        self._open[tenant_id] += 1
        try:
            yield
        finally:
            self._open[tenant_id] -= 1
            self._open += Counter()  # forgets who has none


async def wait_to_open(request: Request) -> AsyncIterator[None]:
    """In line with all who open a stream, before anything is looked up for them."""
    streams: OpenStreams = request.app.state.streams
    async with streams.opening():
        yield
