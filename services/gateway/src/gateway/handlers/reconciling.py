"""Keep every live meeting with one living agent, whatever died."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Final

from contracts.errors import UnavailableError
from contracts.rooms import Dispatch, parse_room_name
from gateway.domain.reconciling import AgentSeen, End, Remove, RoomSeen, Send, decide, living
from gateway.domain.rooms import Participant, RoomRow
from gateway.ports.rooms import LiveRooms, RoomBook, Roster
from runtime.auth import sign
from runtime.clock import Clock
from runtime.telemetry import metrics

log = logging.getLogger(__name__)

EVERY_S: Final = 1.0
AT_ONCE: Final = 8
"""So many rooms are asked for at the same time."""
KNOWN_FOR_S: Final = 5.0
"""A room that was closed may go on for so long."""


@dataclass(frozen=True)
class Repairs:
    """Does to a room what was decided."""

    book: RoomBook
    live: LiveRooms
    roster: Roster
    secret: str

    async def find(self, name: str) -> RoomRow | None:
        """None for a room that is not ours: it is left alone."""
        parts = parse_room_name(name)
        return None if parts is None else await self.book.find(parts.tenant_id, parts.slug)

    async def carry_out(self, room: RoomRow, seen: RoomSeen) -> None:
        for step in decide(seen):
            match step:
                case End():
                    await self.live.end(room.name)
                    self._told(room, "ended")
                case Remove(identity, why):
                    await self.live.remove(room.name, identity)
                    self._told(room, why)
                case Send():
                    if await self.roster.may_send(room.name):
                        await self.live.send_agent(room.name, self._metadata(room))
                        self._told(room, "sent")

    def _metadata(self, room: RoomRow) -> str:
        dispatch = Dispatch(
            tenant_id=room.tenant_id,
            session_id=room.session.session_id,
            room=room.name,
            opened_at=room.session.opened_at,
            title=room.session.title,
        )
        return sign(dispatch.model_dump_json(), purpose="dispatch", secret=self.secret)

    def _told(self, room: RoomRow, step: str) -> None:
        metrics.add("room_repairs_total", step=step)
        log.info("room.repaired", extra={"room": room.name, "step": step})


@dataclass
class _Watched:
    """One room, as long as it is there. Times are monotonic."""

    row: RoomRow | None = None
    asked_at_s: float = -inf
    alone_since_s: float | None = None
    agents: dict[str, float] = field(default_factory=dict[str, float])


class Reconciler:
    """One process's watch over all rooms; which process, the roster says."""

    def __init__(self, repairs: Repairs, clock: Clock) -> None:
        self._repairs = repairs
        self._clock = clock
        self._rooms: dict[str, _Watched] = {}

    async def run(self) -> None:
        """For ever, every second."""
        while True:
            await self._clock.sleep(EVERY_S)
            try:
                await self.look()
            except UnavailableError as error:
                self.forget()
                log.warning("rooms.not_watched", extra={"code": error.code})

    def forget(self) -> None:
        """Who was silent while something was away could perhaps not speak: all are seen anew."""
        self._rooms.clear()

    async def look(self) -> None:
        """At all rooms, once.

        Raises:
            UnavailableError: LiveKit, Redis or PostgreSQL is away.
        """
        lead = await self._repairs.roster.lead()
        if lead != "kept":  # not ours, or only now: Redis may have been emptied, beats and all
            self.forget()
        if lead == "other":
            return
        names = await self._repairs.live.people()
        ours = [name for name in names if parse_room_name(name) is not None]
        self._rooms = {name: self._rooms.get(name, _Watched()) for name in ours}
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(name: str) -> int:
            async with slots:
                return await self._look_at(name, self._rooms[name])

        # One that fails does not keep the others from being repaired.
        told = await asyncio.gather(*map(one, ours), return_exceptions=True)
        metrics.set(
            "rooms_watched", sum(1 for people in told if isinstance(people, int) and people)
        )
        failed = [error for error in told if isinstance(error, BaseException)]
        if failed:
            raise failed[0]

    async def _look_at(self, name: str, watched: _Watched) -> int:
        """How many people are in it."""
        now_s = self._clock.monotonic()
        if watched.row is None or now_s - watched.asked_at_s >= KNOWN_FOR_S:
            watched.row, watched.asked_at_s = await self._repairs.find(name), now_s
        if watched.row is None:
            return 0
        there = await self._repairs.live.participants(name)
        agents = [one for one in there if one.is_agent]
        beats = await self._repairs.roster.beats([(name, one.identity) for one in agents])
        people = len(there) - len(agents)
        seen = self._seen(watched, watched.row, people, list(zip(agents, beats, strict=True)))
        if kept := living(seen)[:1]:
            await self._repairs.roster.note(name, kept[0].identity)
        elif people:
            returning = await self._repairs.roster.is_returning(name)
            seen = replace(seen, returning=returning and not agents)
        await self._repairs.carry_out(watched.row, seen)
        return people

    def _seen(
        self,
        watched: _Watched,
        row: RoomRow,
        people: int,
        agents: Sequence[tuple[Participant, bool]],
    ) -> RoomSeen:
        now_s = self._clock.monotonic()
        watched.agents = {
            one.identity: watched.agents.get(one.identity, now_s) for one, _ in agents
        }
        shown = tuple(
            AgentSeen(one.identity, one.joined_at_ms, now_s - watched.agents[one.identity], beat)
            for one, beat in agents
        )
        alone = people > 0 and not living(RoomSeen(row.is_open, people, shown, 0))
        since_s = watched.alone_since_s
        watched.alone_since_s = (now_s if since_s is None else since_s) if alone else None
        alone_for_s = now_s - watched.alone_since_s if watched.alone_since_s is not None else 0
        return RoomSeen(row.is_open, people, shown, alone_for_s)


async def send_at_once(repairs: Repairs, name: str) -> None:
    """A person has joined: an agent, unless one is there or comes back. The rest is for the watch.

    Raises:
        UnavailableError: as above.
    """
    room = await repairs.find(name)
    if room is None:
        return
    there = await repairs.live.participants(name)
    if room.is_open and any(one.is_agent for one in there):
        return
    if room.is_open and await repairs.roster.is_returning(name):
        return
    await repairs.carry_out(room, RoomSeen(room.is_open, 1, (), inf))
