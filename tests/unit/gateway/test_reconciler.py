"""A live meeting keeps one living agent: the watch over all rooms, and the webhooks before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

import pytest

from contracts.errors import UnavailableError
from contracts.ids import SessionId, TenantId
from contracts.rooms import Dispatch
from gateway.domain.rooms import Participant, Person, RoomEvent, RoomRow
from gateway.domain.session_history import SessionRow
from gateway.services.meetings.reconciler import Reconciler
from gateway.services.meetings.room_repairs import RoomRepairs
from gateway.services.meetings.webhooks import WebhookService
from runtime.auth import read_signed
from runtime.clock import SystemClock

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ROOM = RoomRow(
    TenantId("acme"),
    "room-1",
    SessionRow(SessionId(UUID(int=1)), "weekly", NOON),
    max_participants=5,
    created_at=NOON,
)
NAME = ROOM.name


class HandClock(SystemClock):
    """Moved by hand."""

    def __init__(self) -> None:
        self.at_s = 1_000.0

    def monotonic(self) -> float:
        return self.at_s


@dataclass
class Rooms:
    """One room."""

    room: RoomRow = ROOM

    async def find(self, tenant_id: TenantId, slug: str) -> RoomRow | None:
        return self.room if (tenant_id, slug) == (self.room.tenant_id, self.room.slug) else None


@dataclass
class LiveKit:
    """People and agents by room; what was done to them."""

    there: dict[str, list[Participant]] = field(default_factory=dict[str, list[Participant]])
    sent: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    removed: list[str] = field(default_factory=list[str])
    ended: list[str] = field(default_factory=list[str])
    away: bool = False

    async def people(self, names: Sequence[str] | None = None) -> Mapping[str, int]:
        if self.away:
            raise UnavailableError("away")
        return {name: 0 for name in self.there if names is None or name in names}

    async def participants(self, name: str) -> Sequence[Participant]:
        return list(self.there[name])

    async def dispatch_agent(self, name: str, metadata: str) -> None:
        self.sent.append((name, metadata))

    async def remove(self, name: str, identity: str) -> None:
        self.removed.append(identity)
        self.there[name] = [one for one in self.there[name] if one.identity != identity]

    async def end(self, name: str) -> None:
        self.ended.append(name)
        del self.there[name]

    def require_signature(self, signature: str) -> None: ...

    def event_of(self, body: bytes, signature: str) -> RoomEvent:
        event_id, kind, room, by_person = body.decode().split()
        return RoomEvent(event_id, kind, room, by_person == "person")

    async def ensure(self, room: RoomRow) -> None:
        raise NotImplementedError

    def token(self, room: RoomRow, person: Person, *, camera: bool) -> str:
        raise NotImplementedError


@dataclass
class AgentRegistry:
    """Who heartbeats; which process leads; that dispatches are five seconds apart."""

    clock: HandClock
    lead_answer: Literal["kept", "taken", "other"] = "kept"
    beating: set[str] = field(default_factory=set[str])
    sent_at_s: float = 0
    known: set[str] = field(default_factory=set[str])
    registered: dict[str, str] = field(default_factory=dict[str, str])
    away: bool = False

    async def lead(self) -> Literal["kept", "taken", "other"]:
        if self.away:
            raise UnavailableError("away")
        return self.lead_answer

    async def heartbeats(self, agents: Sequence[tuple[str, str]]) -> Sequence[bool]:
        return [identity in self.beating for _, identity in agents]

    async def register(self, room: str, agent: str) -> None:
        self.registered[room] = agent

    async def is_returning(self, room: str) -> bool:
        return self.registered.get(room) in self.beating

    async def may_dispatch(self, room: str) -> bool:
        if self.clock.at_s - self.sent_at_s < 5:
            return False
        self.sent_at_s = self.clock.at_s
        return True

    async def is_new_event(self, event_id: str) -> bool:
        new = event_id not in self.known
        self.known.add(event_id)
        return new


class Watch:
    """A reconciler over one LiveKit, looked at second by second."""

    def __init__(self, row: RoomRow = ROOM) -> None:
        self.clock = HandClock()
        self.livekit = LiveKit()
        self.registry = AgentRegistry(self.clock)
        rooms = Rooms(row)
        self.repairs = RoomRepairs(rooms, self.livekit, self.registry, "secret")  # pyright: ignore[reportArgumentType] - find alone is asked
        self.reconciler = Reconciler(self.repairs, self.clock)

    def enter(self, *identities: str, name: str = NAME) -> None:
        there = self.livekit.there.setdefault(name, [])
        for identity in identities:
            joined_at_ms = int(self.clock.at_s * 1000) + len(there)
            there.append(Participant(identity, identity.startswith("agent"), joined_at_ms))

    async def seconds(self, count: int) -> None:
        for _ in range(count):
            self.clock.at_s += 1
            try:
                await self.reconciler.reconcile()
            except UnavailableError:
                self.reconciler.forget()


@pytest.fixture
def watch() -> Watch:
    return Watch()


async def test_people_without_an_agent_get_one_after_two_seconds_and_no_second_one(
    watch: Watch,
) -> None:
    watch.enter("ann")
    await watch.seconds(2)
    assert watch.livekit.sent == []
    await watch.seconds(4)
    [(name, metadata)] = watch.livekit.sent
    dispatch = Dispatch.model_validate_json(
        read_signed(metadata, purpose="dispatch", secret="secret")
    )
    assert (name, dispatch.room, dispatch.tenant_id) == (NAME, NAME, "acme")
    assert (dispatch.session_id, dispatch.opened_at) == (ROOM.session.session_id, NOON)
    await watch.seconds(3)
    assert len(watch.livekit.sent) == 2, "it did not come, so another is sent"


async def test_an_agent_that_fell_silent_is_replaced_at_once(watch: Watch) -> None:
    watch.enter("ann", "agent-1")
    watch.registry.beating.add("agent-1")
    await watch.seconds(7)
    assert (watch.livekit.removed, watch.livekit.sent) == ([], [])
    watch.registry.beating.clear()
    await watch.seconds(1)
    assert watch.livekit.removed == ["agent-1"]
    assert len(watch.livekit.sent) == 1


async def test_of_two_living_agents_the_older_one_stays(watch: Watch) -> None:
    watch.enter("ann", "agent-1", "agent-2")
    watch.registry.beating |= {"agent-1", "agent-2"}
    await watch.seconds(3)
    assert watch.livekit.removed == ["agent-2"]


async def test_silence_while_redis_was_away_kills_nobody(watch: Watch) -> None:
    watch.enter("ann", "agent-1")
    watch.registry.beating.add("agent-1")
    await watch.seconds(7)
    watch.registry.beating.clear()
    watch.registry.away = True
    await watch.seconds(5)
    watch.registry.away = False
    await watch.seconds(4)
    watch.registry.beating.add("agent-1")
    await watch.seconds(10)
    assert watch.livekit.removed == []


async def test_silence_after_redis_lost_what_it_knew_kills_nobody(watch: Watch) -> None:
    watch.enter("ann", "agent-1")
    watch.registry.beating.add("agent-1")
    await watch.seconds(7)
    watch.registry.beating.clear()
    watch.registry.lead_answer = "taken"  # the lease was gone with all the rest
    await watch.seconds(1)
    watch.registry.lead_answer = "kept"
    watch.registry.beating.add("agent-1")
    await watch.seconds(10)
    assert watch.livekit.removed == []


async def test_the_watch_goes_on_when_livekit_is_back(watch: Watch) -> None:
    watch.enter("ann")
    watch.livekit.away = True
    await watch.seconds(5)
    watch.livekit.away = False
    await watch.seconds(3)
    assert len(watch.livekit.sent) == 1


async def test_only_the_leading_process_repairs(watch: Watch) -> None:
    watch.enter("ann")
    watch.registry.lead_answer = "other"
    await watch.seconds(10)
    assert watch.livekit.sent == []


@pytest.mark.parametrize("name", ["tenant_nobody_room-1", "someone-elses", "tenant_acme_never"])
async def test_rooms_that_are_not_ours_are_left_alone(watch: Watch, name: str) -> None:
    watch.enter("ann", "agent-1", "agent-2", name=name)
    await watch.seconds(10)
    assert (watch.livekit.sent, watch.livekit.removed, watch.livekit.ended) == ([], [], [])


async def test_a_deleted_room_that_somebody_came_back_to_is_ended() -> None:
    watch = Watch(
        RoomRow(ROOM.tenant_id, ROOM.slug, ROOM.session, 5, created_at=NOON, deleted_at=NOON)
    )
    watch.enter("ann")
    await watch.seconds(1)
    assert watch.livekit.ended == [NAME]


async def test_a_living_agent_that_livekit_lost_is_waited_for_while_it_comes_back(
    watch: Watch,
) -> None:
    watch.enter("ann", "agent-1")
    watch.registry.beating.add("agent-1")
    await watch.seconds(3)
    watch.livekit.there.clear()  # LiveKit was started anew
    await watch.seconds(1)
    watch.enter("ann")
    await deliver(watch, f"1 participant_joined {NAME} person")
    await watch.seconds(5)
    assert watch.livekit.sent == []
    watch.registry.beating.clear()  # it gave up
    await watch.seconds(1)
    assert len(watch.livekit.sent) == 1


async def test_an_agent_that_lives_but_never_comes_back_is_replaced(watch: Watch) -> None:
    watch.enter("ann", "agent-1")
    watch.registry.beating.add("agent-1")
    await watch.seconds(3)
    watch.livekit.there[NAME] = watch.livekit.there[NAME][:1]
    await watch.seconds(10)
    assert len(watch.livekit.sent) == 1


async def deliver(watch: Watch, *events: str) -> None:
    webhooks = WebhookService(watch.livekit, watch.repairs)
    for event in events:
        webhooks.take(event.encode(), "")
    while not webhooks.queue.empty():
        await webhooks.handle(webhooks.queue.get_nowait())


async def test_a_person_who_joins_gets_an_agent_at_once_and_once(watch: Watch) -> None:
    watch.enter("ann")
    joined = f"1 participant_joined {NAME} person"
    await deliver(watch, joined, joined, f"2 participant_joined {NAME} person")
    assert len(watch.livekit.sent) == 1


async def test_nobody_is_sent_for_an_agent_or_beside_one_or_to_a_strangers_room(
    watch: Watch,
) -> None:
    watch.enter("ann", "agent-1")
    watch.enter("ben", name="tenant_nobody_room-1")
    await deliver(
        watch,
        f"1 participant_joined {NAME} agent",
        f"2 participant_joined {NAME} person",
        "3 participant_joined tenant_nobody_room-1 person",
        f"4 room_finished {NAME} agent",
        f"5 track_published {NAME} person",
    )
    assert watch.livekit.sent == []


async def test_too_much_news_is_dropped_not_waited_for(watch: Watch) -> None:
    webhooks = WebhookService(watch.livekit, watch.repairs)
    for number in range(webhooks.queue.maxsize + 50):
        webhooks.take(f"{number} track_published {NAME} person".encode(), "")
    assert webhooks.queue.qsize() == webhooks.queue.maxsize
