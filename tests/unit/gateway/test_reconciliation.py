"""A live meeting keeps one living agent: the laws of the decision."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.reconciliation import (
    HEARTBEAT_GRACE_S,
    DispatchAgent,
    EndRoom,
    ObservedAgent,
    ObservedRoom,
    RemoveAgent,
    decide,
    living,
)

AGENTS = st.builds(
    ObservedAgent,
    identity=st.uuids().map(lambda one: f"agent-{one.hex}"),
    joined_at_ms=st.integers(0, 10_000),
    known_for_s=st.floats(0, 60),
    has_heartbeat=st.booleans(),
)
ROOMS = st.builds(
    ObservedRoom,
    is_open=st.just(True),
    people=st.integers(0, 3),
    agents=st.lists(AGENTS, max_size=4, unique_by=lambda one: one.identity).map(tuple),
    alone_for_s=st.floats(0, 10),
    returning=st.just(False),
)


def left_by(room: ObservedRoom) -> list[ObservedAgent]:
    removed = {step.identity for step in decide(room) if isinstance(step, RemoveAgent)}
    return [agent for agent in room.agents if agent.identity not in removed]


@given(room=ROOMS)
def test_at_most_one_agent_is_left_and_it_is_not_known_to_be_dead(room: ObservedRoom) -> None:
    left = left_by(room)
    assert len(left) == min(1, len(living(room)))
    assert not any(agent.is_dead for agent in left)


@given(room=ROOMS)
def test_who_said_that_it_lives_is_never_removed_for_one_who_did_not(room: ObservedRoom) -> None:
    beating = [agent for agent in room.agents if agent.has_heartbeat]
    if beating:
        assert left_by(room) == [min(beating, key=lambda one: (one.joined_at_ms, one.identity))]


@given(room=ROOMS)
def test_an_agent_is_sent_only_to_people_and_never_beside_a_living_one(room: ObservedRoom) -> None:
    if DispatchAgent() in decide(room):
        assert room.people > 0
        assert left_by(room) == []


@given(room=ROOMS)
def test_people_get_exactly_one_agent_however_many_died(room: ObservedRoom) -> None:
    waited = replace(room, people=max(1, room.people), alone_for_s=60.0)
    assert decide(waited).count(DispatchAgent()) + len(left_by(waited)) == 1


@given(room=ROOMS, longer_s=st.floats(0, 60))
def test_who_gets_an_agent_now_gets_one_later_too(room: ObservedRoom, longer_s: float) -> None:
    later = replace(room, alone_for_s=room.alone_for_s + longer_s)
    assert decide(later).count(DispatchAgent()) >= decide(room).count(DispatchAgent())


@pytest.mark.parametrize(
    ("alone_for_s", "steps"), [(1.9, ()), (2.0, (DispatchAgent(),)), (60.0, (DispatchAgent(),))]
)
def test_who_is_alone_waits_two_seconds_for_an_agent_that_may_be_on_its_way(
    alone_for_s: float, steps: tuple[DispatchAgent, ...]
) -> None:
    assert decide(ObservedRoom(True, 1, (), alone_for_s)) == steps


def test_a_dead_agent_is_replaced_without_a_wait() -> None:
    dead = ObservedAgent("agent-1", 0, 60, has_heartbeat=False)
    steps = decide(ObservedRoom(True, 1, (dead,), 0))
    assert steps == (RemoveAgent("agent-1", "zombie"), DispatchAgent())


@given(room=ROOMS)
def test_what_is_dead_goes_before_a_new_one_comes(room: ObservedRoom) -> None:
    steps = decide(room)
    assert not any(isinstance(step, DispatchAgent) for step in steps[:-1])


@given(room=ROOMS)
def test_a_room_that_is_as_it_should_be_is_left_alone(room: ObservedRoom) -> None:
    left = left_by(room)
    again = ObservedRoom(True, room.people, tuple(left), 0)
    assert decide(again) == ()


def test_a_room_that_was_closed_is_ended_whoever_is_in_it() -> None:
    agent = ObservedAgent("agent-1", 0, 60, has_heartbeat=True)
    assert decide(ObservedRoom(False, 2, (agent,), 0)) == (EndRoom(),)


@pytest.mark.parametrize(("known_for_s", "dead"), [(0.0, False), (HEARTBEAT_GRACE_S + 0.1, True)])
def test_silence_counts_once_an_agent_had_time_to_speak(known_for_s: float, dead: bool) -> None:
    assert ObservedAgent("agent-1", 0, known_for_s, has_heartbeat=False).is_dead is dead
