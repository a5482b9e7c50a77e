"""An open event stream ends soon after its key was revoked."""

from contextlib import suppress
from math import inf
from time import monotonic
from typing import Final

from contracts.errors import UnavailableError
from gateway.ports.tenants import Callers

KEYS_REMEMBERED: Final = 1_000


class RevocationChecker:
    """Whether keys are still in force; each is looked up once in a while, for all its streams."""

    def __init__(self, callers: Callers, every_s: float) -> None:
        self._callers = callers
        self._every_s = every_s
        self._checked_at_s: dict[str, float] = {}
        self._revoked: set[str] = set()

    async def is_valid(self, key_hash: str) -> bool:
        """As it was at most `every_s` ago; a database that is away revokes nothing."""
        if key_hash in self._revoked:
            return False
        now_s = monotonic()
        if now_s - self._checked_at_s.get(key_hash, -inf) < self._every_s:
            return True
        self._forget_the_oldest(now_s)
        self._checked_at_s[key_hash] = now_s
        with suppress(UnavailableError):
            if await self._callers.find(key_hash) is None:
                self._revoked.add(key_hash)
                return False
        return True

    def _forget_the_oldest(self, now_s: float) -> None:
        """Keys of streams that have ended; what is still open was asked for a moment ago."""
        if len(self._checked_at_s) < KEYS_REMEMBERED:
            return
        self._checked_at_s = {
            key_hash: at_s
            for key_hash, at_s in self._checked_at_s.items()
            if now_s - at_s < 2 * self._every_s
        }
        self._revoked &= self._checked_at_s.keys()
