"""How many event streams are open, or are being opened."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Final

from fastapi import Request

from contracts.errors import RejectedError
from contracts.ids import TenantId
from gateway.api.tenant_slots import TenantSlots

OPENED_AT_ONCE: Final = 4
"""Fewer than the pool has connections, so that a storm of streams leaves some to other requests."""
TURN_TIMEOUT_S: Final = 20.0


class OpenStreams:
    """The event streams of this process, and whose they are."""

    def __init__(self, most: int, most_of_a_tenant: int) -> None:
        refusal = "Too many event streams are open; close some."
        self._most = most
        self._slots = TenantSlots(most, most_of_a_tenant, refusal)
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

    def slot(self, tenant_id: TenantId, most_of_plan: int) -> AbstractContextManager[None]:
        """A slot for one stream, from before its answer begins until it has ended.

        Raises:
            RejectedError: code "busy"; the process or the tenant has all it may have.
        """
        return self._slots.take(tenant_id, most_of_plan=most_of_plan)


async def wait_to_open(request: Request) -> AsyncIterator[None]:
    """In line with all who open a stream, before anything is looked up for them."""
    streams: OpenStreams = request.app.state.streams
    async with streams.opening():
        yield
