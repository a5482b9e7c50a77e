"""What the reconciler does to a room, and a webhook before it."""

import logging
from dataclasses import dataclass
from math import inf

from contracts.rooms import Dispatch, parse_room_name
from gateway.domain.reconciliation import (
    DispatchAgent,
    EndRoom,
    ObservedRoom,
    RemoveAgent,
    decide,
)
from gateway.domain.rooms import RoomRow
from gateway.ports.rooms import AgentRegistry, LiveRooms, RoomStore
from runtime.auth import sign
from runtime.telemetry import metrics

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RoomRepairs:
    """Does to a room what was decided."""

    rooms: RoomStore
    live: LiveRooms
    registry: AgentRegistry
    secret: str

    async def find(self, name: str) -> RoomRow | None:
        """None for a room that is not ours: it is left alone."""
        parts = parse_room_name(name)
        return None if parts is None else await self.rooms.find(parts.tenant_id, parts.slug)

    async def carry_out(self, room: RoomRow, seen: ObservedRoom) -> None:
        for step in decide(seen):
            match step:
                case EndRoom():
                    await self.live.end(room.name)
                    self._count(room, "ended")
                case RemoveAgent(identity, why):
                    await self.live.remove(room.name, identity)
                    self._count(room, why)
                case DispatchAgent():
                    if await self.registry.may_dispatch(room.name):
                        await self.live.dispatch_agent(room.name, self._metadata(room))
                        self._count(room, "sent")

    def _metadata(self, room: RoomRow) -> str:
        dispatch = Dispatch(
            tenant_id=room.tenant_id,
            session_id=room.session.session_id,
            room=room.name,
            opened_at=room.session.opened_at,
            title=room.session.title,
        )
        return sign(dispatch.model_dump_json(), purpose="dispatch", secret=self.secret)

    def _count(self, room: RoomRow, step: str) -> None:
        metrics.add("room_repairs_total", step=step)
        log.info("room.repaired", extra={"room": room.name, "step": step})


async def dispatch_at_once(repairs: RoomRepairs, name: str) -> None:
    """A person has joined: an agent, unless one is there or comes back. The rest is for the watch.

    Raises:
        UnavailableError: LiveKit, Redis or PostgreSQL is away.
    """
    room = await repairs.find(name)
    if room is None:
        return
    there = await repairs.live.participants(name)
    if room.is_open and any(one.is_agent for one in there):
        return
    if room.is_open and await repairs.registry.is_returning(name):
        return
    await repairs.carry_out(room, ObservedRoom(room.is_open, 1, (), inf))
