"""Event streams: how many are open or being opened, and whether their keys still count."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from math import inf
from time import monotonic
from typing import Final

from contracts.errors import RejectedError, UnavailableError
from contracts.ids import TenantId
from gateway.ports import Callers

OPENED_AT_ONCE: Final = 4
"""Fewer than the pool has connections, so that a storm of streams leaves some to other requests."""
TURN_TIMEOUT_S: Final = 20.0
KEYS_REMEMBERED: Final = 1_000


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
    def one(self, tenant_id: TenantId, most_of_tier: int) -> Generator[None]:
        """A place for one stream, from before its answer begins until it has ended.

        Raises:
            RejectedError: code "busy"; the process or the tenant has all it may have.
        """
        most_of_a_tenant = min(self._most_of_a_tenant, most_of_tier)
        if self._open.total() >= self._most or self._open[tenant_id] >= most_of_a_tenant:
            raise RejectedError("Too many event streams are open; close some.", code="busy")
        self._open[tenant_id] += 1
        try:
            yield
        finally:
            self._open[tenant_id] -= 1
            self._open += Counter()  # forgets who has none


class KeysInForce:
    """Whether keys are still in force; each is asked for once in a while, for all its streams."""

    def __init__(self, callers: Callers, every_s: float) -> None:
        self._callers = callers
        self._every_s = every_s
        self._asked_at_s: dict[str, float] = {}
        self._revoked: set[str] = set()

    async def ask(self, key_hash: str) -> bool:
        """As it was at most `every_s` ago; a database that is away revokes nothing."""
        if key_hash in self._revoked:
            return False
        now_s = monotonic()
        if now_s - self._asked_at_s.get(key_hash, -inf) < self._every_s:
            return True
        self._forget_the_oldest(now_s)
        self._asked_at_s[key_hash] = now_s
        with suppress(UnavailableError):
            if await self._callers.find(key_hash) is None:
                self._revoked.add(key_hash)
                return False
        return True

    def _forget_the_oldest(self, now_s: float) -> None:
        """Keys of streams that have ended; what is still open was asked for a moment ago."""
        if len(self._asked_at_s) < KEYS_REMEMBERED:
            return
        self._asked_at_s = {
            key_hash: at_s
            for key_hash, at_s in self._asked_at_s.items()
            if now_s - at_s < 2 * self._every_s
        }
        self._revoked &= self._asked_at_s.keys()
