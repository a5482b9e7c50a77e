"""Time that goes on when a test says so."""

import asyncio
from datetime import UTC, datetime, timedelta

OPENED = datetime(2026, 11, 21, 12, tzinfo=UTC)
SETTLE_STEPS = 60


async def settle() -> None:
    """Let every task do what it can without time going on."""
    for _ in range(SETTLE_STEPS):
        await asyncio.sleep(0)


class VirtualClock:
    """Stands still until it is advanced; sleepers wake in their order."""

    def __init__(self) -> None:
        self._s = 100.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return OPENED + timedelta(seconds=self._s)

    def monotonic(self) -> float:
        return self._s

    async def sleep(self, seconds: float) -> None:
        sleeper = (self._s + max(seconds, 0.001), asyncio.get_running_loop().create_future())
        self._sleepers.append(sleeper)
        try:
            await sleeper[1]
        finally:
            self._sleepers.remove(sleeper)

    async def advance(self, seconds: float) -> None:
        """Let time go on, and everything happen meanwhile that is due."""
        until_s = self._s + seconds
        await settle()
        while due := [one for one in self._sleepers if one[0] <= until_s and not one[1].done()]:
            wakes_s, sleeper = min(due, key=lambda one: one[0])
            self._s = max(self._s, wakes_s)
            sleeper.set_result(None)
            await settle()
        self._s = until_s
