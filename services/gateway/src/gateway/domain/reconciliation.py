"""What a room of a live meeting lacks: pure, asked again every second.

Nobody but us sends an agent twice: LiveKit forgets a dispatch whose agent died, and shows a killed
agent for 20 s more. So an agent says by itself that it lives, and we compare.
"""

from dataclasses import dataclass
from typing import Final, Literal

HEARTBEAT_GRACE_S: Final = 5.0
"""An agent that was first seen less long ago is not called dead: a heartbeat may be on its way."""

DISPATCH_DELAY_S: Final = 2.0
"""How long people are without an agent before one is dispatched: it may be on its way."""

RETURN_TIMEOUT_S: Final = 6.0
"""How long to wait for an agent that lives and was in the room: it connects again by itself."""


@dataclass(frozen=True)
class ObservedAgent:
    """An agent in a room.

    Attributes:
        identity: in the room.
        joined_at_ms: by LiveKit's clock; only to tell which came first.
        known_for_s: since we saw it first, by our clock.
        has_heartbeat: it gave one lately.
    """

    identity: str
    joined_at_ms: int
    known_for_s: float
    has_heartbeat: bool

    @property
    def is_dead(self) -> bool:
        return not self.has_heartbeat and self.known_for_s > HEARTBEAT_GRACE_S


@dataclass(frozen=True)
class ObservedRoom:
    """A room and who is in it.

    Attributes:
        is_open: neither the room was deleted nor its session closed.
        people: human beings in it.
        agents: all of them, dead or alive.
        alone_for_s: how long the people have been without a living agent.
        returning: the agent that was here last lives: LiveKit lost it, or was started anew.
    """

    is_open: bool
    people: int
    agents: tuple[ObservedAgent, ...]
    alone_for_s: float
    returning: bool = False


@dataclass(frozen=True)
class EndRoom:
    """Send everybody out and end the room."""


@dataclass(frozen=True)
class RemoveAgent:
    """Send one agent out of the room."""

    identity: str
    why: Literal["zombie", "duplicate"]


@dataclass(frozen=True)
class DispatchAgent:
    """Dispatch an agent, unless one was dispatched just now."""


Step = EndRoom | RemoveAgent | DispatchAgent


def living(room: ObservedRoom) -> list[ObservedAgent]:
    """Agents not known to be dead; first the one to keep: proven alive, then longest there."""
    alive = [agent for agent in room.agents if not agent.is_dead]
    return sorted(alive, key=lambda one: (not one.has_heartbeat, one.joined_at_ms, one.identity))


def decide(room: ObservedRoom) -> tuple[Step, ...]:
    """In the order to be done; nothing when the room is as it should be."""
    if not room.is_open:
        return (EndRoom(),)
    alive = living(room)
    dead = [agent for agent in room.agents if agent.is_dead]
    steps: list[Step] = [RemoveAgent(agent.identity, "zombie") for agent in dead]
    steps += [RemoveAgent(agent.identity, "duplicate") for agent in alive[1:]]
    delay_s = RETURN_TIMEOUT_S if room.returning else DISPATCH_DELAY_S
    if room.people and not alive and (dead or room.alone_for_s >= delay_s):
        steps.append(DispatchAgent())
    return tuple(steps)
