"""Entries in which owners died: one at a time in this process, so that the right one is blamed."""

import asyncio

from runtime.bus.claims.claim import Claim


class Suspects:
    """Whose turn it is, over all subscriptions; one for the whole process.

    Nobody waits for a turn while holding a slot: whoever has the turn may be waiting for that slot.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def take_turn(self, claim: Claim) -> None:
        """Wait until no other suspect runs."""
        await self._lock.acquire()
        claim.runs_alone = True

    def end_turn(self, claim: Claim) -> None:
        """Let the next one run; nothing when it is not this one's turn."""
        if claim.runs_alone:
            claim.runs_alone = False
            self._lock.release()
