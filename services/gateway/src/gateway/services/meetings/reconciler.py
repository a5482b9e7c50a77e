"""Keep every live meeting with one living agent, whatever died."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Final

from contracts.errors import UnavailableError
from contracts.rooms import parse_room_name
from gateway.domain.reconciliation import ObservedAgent, ObservedRoom, living
from gateway.domain.rooms import Participant, RoomRow
from gateway.services.meetings.room_repairs import RoomRepairs
from runtime.bad_rows import BadRows
from runtime.clock import Clock
from runtime.telemetry import metrics

log = logging.getLogger(__name__)

EVERY_S: Final = 1.0
AT_ONCE: Final = 8
"""How many rooms are looked at at the same time."""
KNOWN_FOR_S: Final = 5.0
"""How long a row of the table is believed: a room that was closed may go on for so long."""


@dataclass
class _Watched:
    """One room, as long as it is there. Times are monotonic."""

    row: RoomRow | None = None
    read_at_s: float = -inf
    alone_since_s: float | None = None
    agents: dict[str, float] = field(default_factory=dict[str, float])


class Reconciler:
    """One process's watch over all rooms; which process, the agent registry says."""

    def __init__(self, repairs: RoomRepairs, clock: Clock) -> None:
        self._repairs = repairs
        self._clock = clock
        self._rooms: dict[str, _Watched] = {}
        self._bad = BadRows("room", clock)

    async def watch(self) -> None:
        """One look at all rooms; without LiveKit none, and the rest of the service works."""
        try:
            await self.reconcile()
        except UnavailableError as error:
            self.forget()
            log.warning("rooms.not_watched", extra={"code": error.code})

    def forget(self) -> None:
        """Who was silent while something was away could perhaps not speak: all are seen anew."""
        self._rooms.clear()

    async def reconcile(self) -> None:
        """Look at all rooms, once.

        Raises:
            UnavailableError: LiveKit, Redis or PostgreSQL is away.
        """
        lead = await self._repairs.registry.lead()
        if lead != "kept":  # not ours, or only now: Redis may have been emptied, heartbeats and all
            self.forget()
        if lead == "other":
            return
        names = await self._repairs.live.people()
        ours = [name for name in names if parse_room_name(name) is not None]
        self._rooms = {name: self._rooms.get(name, _Watched()) for name in ours}
        slots = asyncio.Semaphore(AT_ONCE)

        async def reconcile(name: str) -> int:
            async with slots:
                return await self._reconcile_room(name, self._rooms[name])

        # One that fails does not keep the others from being repaired.
        counts = await asyncio.gather(*map(reconcile, ours), return_exceptions=True)
        metrics.set(
            "rooms_watched", sum(1 for people in counts if isinstance(people, int) and people)
        )
        for name, error in zip(ours, counts, strict=True):
            if isinstance(error, Exception) and not isinstance(error, UnavailableError):
                self._bad.note(name, error)
            elif isinstance(error, BaseException):
                raise error

    async def _reconcile_room(self, name: str, watched: _Watched) -> int:
        """How many people are in it."""
        now_s = self._clock.monotonic()
        if watched.row is None or now_s - watched.read_at_s >= KNOWN_FOR_S:
            watched.row, watched.read_at_s = await self._repairs.find(name), now_s
        if watched.row is None:
            return 0
        there = await self._repairs.live.participants(name)
        agents = [one for one in there if one.is_agent]
        heartbeats = await self._repairs.registry.heartbeats(
            [(name, one.identity) for one in agents]
        )
        people = len(there) - len(agents)
        seen = self._observe(
            watched, watched.row, people, list(zip(agents, heartbeats, strict=True))
        )
        if present := living(seen)[:1]:
            await self._repairs.registry.register(name, present[0].identity)
        elif people:
            returning = await self._repairs.registry.is_returning(name)
            seen = replace(seen, returning=returning and not agents)
        await self._repairs.carry_out(watched.row, seen)
        return people

    def _observe(
        self,
        watched: _Watched,
        row: RoomRow,
        people: int,
        agents: Sequence[tuple[Participant, bool]],
    ) -> ObservedRoom:
        now_s = self._clock.monotonic()
        watched.agents = {
            one.identity: watched.agents.get(one.identity, now_s) for one, _ in agents
        }
        shown = tuple(
            ObservedAgent(
                one.identity, one.joined_at_ms, now_s - watched.agents[one.identity], heartbeat
            )
            for one, heartbeat in agents
        )
        alone = people > 0 and not living(ObservedRoom(row.is_open, people, shown, 0))
        since_s = watched.alone_since_s
        watched.alone_since_s = (now_s if since_s is None else since_s) if alone else None
        alone_for_s = now_s - watched.alone_since_s if watched.alone_since_s is not None else 0
        return ObservedRoom(row.is_open, people, shown, alone_for_s)
