"""A live meeting keeps one living agent: the laws of the decision, and the watch around it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import UnavailableError
from contracts.ids import SessionId, TenantId
from contracts.rooms import Dispatch
from gateway.domain.reconciling import (
    PATIENCE_S,
    SETTLING_S,
    AgentSeen,
    End,
    Remove,
    RoomSeen,
    Send,
    decide,
    living,
)
from gateway.domain.rooms import Participant, Person, RoomEvent, RoomRow
from gateway.domain.story import SessionRow
from gateway.handlers.reconciling import Reconciler, Repairs
from gateway.handlers.room_news import RoomNews
from runtime.auth import read_signed
from runtime.clock import SystemClock

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
AGENTS = st.builds(
    AgentSeen,
    identity=st.uuids().map(lambda one: f"agent-{one.hex}"),
    joined_at_ms=st.integers(0, 10_000),
    known_for_s=st.floats(0, 60),
    has_beat=st.booleans(),
)
ROOMS = st.builds(
    RoomSeen,
    is_open=st.just(True),
    people=st.integers(0, 3),
    agents=st.lists(AGENTS, max_size=4, unique_by=lambda one: one.identity).map(tuple),
    alone_for_s=st.floats(0, 10),
    returning=st.just(False),
)


def left_by(room: RoomSeen) -> list[AgentSeen]:
    removed = {step.identity for step in decide(room) if isinstance(step, Remove)}
    return [agent for agent in room.agents if agent.identity not in removed]


@given(room=ROOMS)
def test_at_most_one_agent_is_left_and_it_is_not_known_to_be_dead(room: RoomSeen) -> None:
    left = left_by(room)
    assert len(left) == min(1, len(living(room)))
    assert not any(agent.is_dead for agent in left)


@given(room=ROOMS)
def test_who_said_that_it_lives_is_never_removed_for_one_who_did_not(room: RoomSeen) -> None:
    beating = [agent for agent in room.agents if agent.has_beat]
    if beating:
        assert left_by(room) == [min(beating, key=lambda one: (one.joined_at_ms, one.identity))]


@given(room=ROOMS)
def test_an_agent_is_sent_only_to_people_without_a_living_one(room: RoomSeen) -> None:
    sent = [step for step in decide(room) if isinstance(step, Send)]
    wanted = bool(room.people) and not living(room)
    due = room.alone_for_s >= PATIENCE_S or len(room.agents) > 0
    assert len(sent) == (1 if wanted and due else 0)


@given(room=ROOMS)
def test_what_is_dead_goes_before_a_new_one_comes(room: RoomSeen) -> None:
    steps = decide(room)
    assert not any(isinstance(step, Send) for step in steps[:-1])


@given(room=ROOMS)
def test_a_room_that_is_as_it_should_be_is_left_alone(room: RoomSeen) -> None:
    left = left_by(room)
    again = RoomSeen(True, room.people, tuple(left), 0)
    assert decide(again) == ()


def test_a_room_that_was_closed_is_ended_whoever_is_in_it() -> None:
    agent = AgentSeen("agent-1", 0, 60, has_beat=True)
    assert decide(RoomSeen(False, 2, (agent,), 0)) == (End(),)


@pytest.mark.parametrize(("known_for_s", "dead"), [(0.0, False), (SETTLING_S + 0.1, True)])
def test_silence_counts_once_an_agent_had_time_to_speak(known_for_s: float, dead: bool) -> None:
    assert AgentSeen("agent-1", 0, known_for_s, has_beat=False).is_dead is dead


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
class Book:
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

    async def send_agent(self, name: str, metadata: str) -> None:
        self.sent.append((name, metadata))

    async def remove(self, name: str, identity: str) -> None:
        self.removed.append(identity)
        self.there[name] = [one for one in self.there[name] if one.identity != identity]

    async def end(self, name: str) -> None:
        self.ended.append(name)
        del self.there[name]

    def event_of(self, body: bytes, mark: str) -> RoomEvent:
        event_id, kind, room, by_person = body.decode().split()
        return RoomEvent(event_id, kind, room, by_person == "person")

    async def ensure(self, room: RoomRow) -> None:
        raise NotImplementedError

    def token(self, room: RoomRow, person: Person, *, camera: bool) -> str:
        raise NotImplementedError


@dataclass
class Roster:
    """Who beats; which process leads; that dispatches are five seconds apart."""

    clock: HandClock
    said: Literal["kept", "taken", "other"] = "kept"
    beating: set[str] = field(default_factory=set[str])
    sent_at_s: float = 0
    known: set[str] = field(default_factory=set[str])
    noted: dict[str, str] = field(default_factory=dict[str, str])
    away: bool = False

    async def lead(self) -> Literal["kept", "taken", "other"]:
        if self.away:
            raise UnavailableError("away")
        return self.said

    async def beats(self, agents: Sequence[tuple[str, str]]) -> Sequence[bool]:
        return [identity in self.beating for _, identity in agents]

    async def note(self, room: str, agent: str) -> None:
        self.noted[room] = agent

    async def is_returning(self, room: str) -> bool:
        return self.noted.get(room) in self.beating

    async def may_send(self, room: str) -> bool:
        if self.clock.at_s - self.sent_at_s < 5:
            return False
        self.sent_at_s = self.clock.at_s
        return True

    async def is_new(self, event_id: str) -> bool:
        new = event_id not in self.known
        self.known.add(event_id)
        return new


class Watch:
    """A reconciler over one LiveKit, looked at second by second."""

    def __init__(self, row: RoomRow = ROOM) -> None:
        self.clock = HandClock()
        self.livekit = LiveKit()
        self.roster = Roster(self.clock)
        book = Book(row)
        self.repairs = Repairs(book, self.livekit, self.roster, "secret")  # pyright: ignore[reportArgumentType] -- find alone is asked
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
                await self.reconciler.look()
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
    watch.roster.beating.add("agent-1")
    await watch.seconds(7)
    assert (watch.livekit.removed, watch.livekit.sent) == ([], [])
    watch.roster.beating.clear()
    await watch.seconds(1)
    assert watch.livekit.removed == ["agent-1"]
    assert len(watch.livekit.sent) == 1


async def test_of_two_living_agents_the_older_one_stays(watch: Watch) -> None:
    watch.enter("ann", "agent-1", "agent-2")
    watch.roster.beating |= {"agent-1", "agent-2"}
    await watch.seconds(3)
    assert watch.livekit.removed == ["agent-2"]


async def test_silence_while_redis_was_away_kills_nobody(watch: Watch) -> None:
    watch.enter("ann", "agent-1")
    watch.roster.beating.add("agent-1")
    await watch.seconds(7)
    watch.roster.beating.clear()
    watch.roster.away = True
    await watch.seconds(5)
    watch.roster.away = False
    await watch.seconds(4)
    watch.roster.beating.add("agent-1")
    await watch.seconds(10)
    assert watch.livekit.removed == []


async def test_silence_after_redis_lost_what_it_knew_kills_nobody(watch: Watch) -> None:
    watch.enter("ann", "agent-1")
    watch.roster.beating.add("agent-1")
    await watch.seconds(7)
    watch.roster.beating.clear()
    watch.roster.said = "taken"  # the lease was gone with all the rest
    await watch.seconds(1)
    watch.roster.said = "kept"
    watch.roster.beating.add("agent-1")
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
    watch.roster.said = "other"
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
    watch.roster.beating.add("agent-1")
    await watch.seconds(3)
    watch.livekit.there.clear()  # LiveKit was started anew
    await watch.seconds(1)
    watch.enter("ann")
    await told(watch, f"1 participant_joined {NAME} person")
    await watch.seconds(5)
    assert watch.livekit.sent == []
    watch.roster.beating.clear()  # it gave up
    await watch.seconds(1)
    assert len(watch.livekit.sent) == 1


async def test_an_agent_that_lives_but_never_comes_back_is_replaced(watch: Watch) -> None:
    watch.enter("ann", "agent-1")
    watch.roster.beating.add("agent-1")
    await watch.seconds(3)
    watch.livekit.there[NAME] = watch.livekit.there[NAME][:1]
    await watch.seconds(10)
    assert len(watch.livekit.sent) == 1


async def told(watch: Watch, *events: str) -> None:
    news = RoomNews(watch.livekit, watch.repairs)
    for event in events:
        news.take(event.encode(), "")
    while not news.waiting.empty():
        await news.work_on(news.waiting.get_nowait())


async def test_a_person_who_joins_gets_an_agent_at_once_and_once(watch: Watch) -> None:
    watch.enter("ann")
    joined = f"1 participant_joined {NAME} person"
    await told(watch, joined, joined, f"2 participant_joined {NAME} person")
    assert len(watch.livekit.sent) == 1


async def test_nobody_is_sent_for_an_agent_or_beside_one_or_to_a_strangers_room(
    watch: Watch,
) -> None:
    watch.enter("ann", "agent-1")
    watch.enter("ben", name="tenant_nobody_room-1")
    await told(
        watch,
        f"1 participant_joined {NAME} agent",
        f"2 participant_joined {NAME} person",
        "3 participant_joined tenant_nobody_room-1 person",
        f"4 room_finished {NAME} agent",
        f"5 track_published {NAME} person",
    )
    assert watch.livekit.sent == []


async def test_too_much_news_is_dropped_not_waited_for(watch: Watch) -> None:
    news = RoomNews(watch.livekit, watch.repairs)
    for number in range(news.waiting.maxsize + 50):
        news.take(f"{number} track_published {NAME} person".encode(), "")
    assert news.waiting.qsize() == news.waiting.maxsize
