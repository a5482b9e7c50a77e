"""The agent in a real room: asked and answering aloud, silenced, killed, cut off, drained."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import psutil
import pytest
from livekit import api

from cli.bench.meeting.participant import Participant
from contracts.conversation import SpeechInterrupted, TurnTaken
from contracts.media import MeetingEnded, UtteranceHeard
from contracts.rooms import WORKERS_KEY
from runtime.auth import sign
from support.eventually import eventually
from support.livekit.server import PrivateLiveKit, private_livekit
from support.media.sounds import plain, spoken, words_in
from support.meeting.agent import (
    TOKEN,
    AgentProcess,
    LiveAgent,
    Room,
    agent_process,
    until_listened_to,
)

pytestmark = pytest.mark.timeout(180)

QUESTION = "What does the team plan cost per month?"
ANSWER = "The team plan costs forty euros per month."
LONG = (
    "The team plan costs forty euros per month. It is for ten people at most. "
    "Every further person costs four euros. You can cancel it at the end of each month, "
    "and the data is kept for thirty days after that."
)
SPOKEN_TIMEOUT_S = 40
ROOMS = "livekit_active_rooms"


@pytest.fixture(scope="module")
def process(livekit: PrivateLiveKit) -> Iterator[AgentProcess]:
    with agent_process(livekit) as process:
        yield process


@pytest.fixture
async def agent(process: AgentProcess) -> AsyncIterator[LiveAgent]:
    async with process.used() as agent:
        yield agent


async def said_all(person: Participant, *, since: float, pause_s: float = 1.5) -> str:
    """What the agent says from then on, once it is silent again."""
    await eventually(lambda: person.loud_times(since=since), timeout_s=SPOKEN_TIMEOUT_S)
    await eventually(lambda: person.quiet_for() > pause_s, timeout_s=SPOKEN_TIMEOUT_S)
    return await words_in(person.heard(since=since))


async def test_a_question_asked_aloud_is_answered_aloud(agent: LiveAgent) -> None:
    room = await agent.room("weekly")
    async with agent.met(room, "Ann") as ann:
        assert await agent.metric(ROOMS) == 1
        since = await ann.say(await spoken(QUESTION))
        turn = await agent.asked(room)
        assert "team plan cost" in plain(turn.text)
        assert (turn.speaker, turn.channel, turn.addressed_by) == ("Ann", "voice", "always")
        await agent.answer(room, turn, ANSWER)
        heard = await said_all(ann, since=since)
        assert "team plan costs" in heard
        assert "per month" in heard
        [entry] = await agent.feed(room, "spoken")
        clock = entry.clock
        assert clock.speech_ended_ms < clock.transcript_ms <= clock.turn_decided_ms
        assert clock.turn_decided_ms <= clock.accepted_ms <= clock.first_audio_ms
        assert "team plan cost" in plain(" ".join(ann.transcripts("ann")))
    ended = await eventually(lambda: agent.facts(room, MeetingEnded), timeout_s=40)
    assert ended[0].reason == "left"
    people_say = ("team plan", "forty", "40 euros")
    assert [line for line in process_log(agent) if any(word in line for word in people_say)] == []


def process_log(agent: LiveAgent) -> list[str]:
    return agent.log.read_text().lower().splitlines()


async def test_two_people_are_heard_by_name_and_only_one_asks_parley(agent: LiveAgent) -> None:
    room = await agent.room("pair")
    async with agent.met(room, "Ann") as ann, agent.person(room, "Ben") as ben:
        await ben.turn_on_microphone()
        await until_listened_to()
        await asyncio.gather(
            ann.say(await spoken("I would like to go for lunch soon.")),
            ben.say(await spoken("Parley, what does the team plan cost?")),
        )
        turn = await agent.asked(room)
        assert (turn.speaker, turn.addressed_by) == ("Ben", "name")
        heard = await eventually(lambda: both_heard(agent, room), timeout_s=SPOKEN_TIMEOUT_S)
        assert "lunch" in plain(heard["Ann"])
        assert len(await agent.facts(room, TurnTaken)) == 1


async def both_heard(agent: LiveAgent, room: Room) -> dict[str, str]:
    heard = await agent.facts(room, UtteranceHeard)
    by_name = {one.speaker: one.text for one in heard}
    return by_name if len(by_name) == 2 else {}


async def test_the_chat_is_answered_in_the_chat(agent: LiveAgent) -> None:
    room = await agent.room("chat")
    async with agent.met(room, "Ann") as ann:
        message_id = await ann.write("And who pays?")
        turn = await agent.asked(room)
        assert (turn.channel, turn.text, turn.addressed_by) == ("chat", "And who pays?", "chat")
        [asked] = await agent.feed(room, "asked")
        assert (asked.message_id, asked.turn_id) == (message_id, turn.turn_id)
        await agent.answer(room, turn, "The customer pays.")
        [line] = await eventually(
            lambda: [one for one in ann.chat() if one.done], timeout_s=SPOKEN_TIMEOUT_S
        )
        assert line.text == "The customer pays."
        await ann.write("x" * 5_000)
        await eventually(lambda: len([one for one in ann.chat() if one.done]), equals=2)
        assert len(await agent.facts(room, TurnTaken)) == 1


async def test_whoever_speaks_over_parley_silences_it(agent: LiveAgent) -> None:
    room = await agent.room("barge")
    async with agent.met(room, "Ann") as ann, agent.person(room, "Ben") as ben:
        await ben.turn_on_microphone()
        since = await ann.say(await spoken("Parley, what does the team plan cost?"))
        turn = await agent.asked(room)
        await agent.answer(room, turn, LONG)
        await eventually(lambda: len(ann.loud_times(since=since)) > 50, timeout_s=SPOKEN_TIMEOUT_S)
        began = time.monotonic()
        await ben.say(await spoken("Sorry, I have to stop you here, because we must go."))
        last_word = ann.loud_times(since=since)[-1]
        assert last_word - began < 3  # one second on a quiet machine
        [interrupted] = await eventually(lambda: agent.facts(room, SpeechInterrupted))
        assert interrupted.turn_id == turn.turn_id
        assert 0 < interrupted.heard_chars < len(LONG)


async def test_a_backchannel_does_not_cost_the_answer(agent: LiveAgent) -> None:
    room = await agent.room("backchannel")
    async with agent.met(room, "Ann") as ann, agent.person(room, "Ben") as ben:
        await ben.turn_on_microphone()
        since = await ann.say(await spoken("Parley, what does the team plan cost?"))
        turn = await agent.asked(room)
        await agent.answer(room, turn, LONG)
        await eventually(lambda: len(ann.loud_times(since=since)) > 50, timeout_s=SPOKEN_TIMEOUT_S)
        await ben.say(await spoken("Okay."))
        heard = await said_all(ann, since=since, pause_s=4)
        assert "thirty days" in heard or "30 days" in heard
        assert await agent.facts(room, SpeechInterrupted) == []


async def test_a_killed_agent_is_followed_by_one_that_says_nothing_twice(agent: LiveAgent) -> None:
    room = await agent.room("killed", welcome="Hello, I am Parley.")
    async with agent.met(room, "Ann") as ann:
        await eventually(ann.loud_times, timeout_s=SPOKEN_TIMEOUT_S)
        await eventually(lambda: ann.quiet_for() > 1.5, timeout_s=SPOKEN_TIMEOUT_S)
        since = await ann.say(await spoken(QUESTION))
        turn = await agent.asked(room)
        await agent.answer(room, turn, ANSWER)
        await said_all(ann, since=since)
        [before] = ann.agents
        job = await busiest(agent)
        job.kill()
        async with agent.livekit.api() as lk:  # as the gateway does when the heart stops beating
            await lk.room.remove_participant(
                api.RoomParticipantIdentity(room=room.name, identity=before)
            )
        await eventually(lambda: ann.agents, equals=[], timeout_s=20)
        killed = time.monotonic()
        await agent.dispatch(room)
        await ann.agent_comes(timeout_s=30)
        await eventually(lambda: agent.done_with_feed(room, agents=2), timeout_s=20)
        assert ann.loud_times(since=killed) == []
        since = await ann.say(await spoken("And who pays for it?"))
        turn = await agent.asked(room)
        await agent.answer(room, turn, "The customer pays for it.")
        assert "customer" in await said_all(ann, since=since)


async def busiest(agent: LiveAgent) -> psutil.Process:
    """The job that attends a room: it has used the most time."""
    jobs = [job for job in agent.jobs if not job.children()]
    return max(jobs, key=lambda job: sum(job.cpu_times()[:2]))


@pytest.fixture
def small() -> Iterator[AgentProcess]:
    """The only agent of a server: of two, LiveKit asks either."""
    with private_livekit() as livekit, agent_process(livekit, MEDIA_AGENT_MAX_ROOMS="4") as process:
        yield process


async def test_a_worker_takes_as_many_rooms_as_it_may(small: AgentProcess) -> None:
    async with small.used() as agent, AsyncExitStack() as rooms:
        for number in range(4):
            room = await agent.room(f"full-{number}")
            person = await rooms.enter_async_context(agent.person(room, "Ann"))
            await agent.dispatch(room)
            await person.agent_comes(timeout_s=30)
            await eventually(lambda: agent.metric(ROOMS), equals=number + 1, timeout_s=10)


@pytest.mark.parametrize("metadata", ["", "unsigned", "another room", "another purpose"])
async def test_a_dispatch_that_the_gateway_did_not_sign_is_refused(
    agent: LiveAgent, metadata: str
) -> None:
    room, other = await agent.room("refused"), await agent.room("other")
    made = {
        "": "nothing",
        "unsigned": room.dispatch.model_dump_json(),
        "another room": sign(other.dispatch.model_dump_json(), purpose="dispatch", secret=TOKEN),
        "another purpose": sign(room.dispatch.model_dump_json(), purpose="invite", secret=TOKEN),
    }[metadata]
    before = len(refusals(agent))
    async with agent.person(room, "Ann") as ann:
        await agent.dispatch(room, made)
        await eventually(lambda: len(refusals(agent)) > before, timeout_s=20)
        assert ann.agents == []


def refusals(agent: LiveAgent) -> list[object]:
    return [one for one in agent.logged() if one["event"] == "livekit.dispatch_refused"]


async def test_after_a_restart_of_the_server_everybody_hears_again(agent: LiveAgent) -> None:
    room = await agent.room("restart")
    async with agent.met(room, "Ann") as ann:
        agent.livekit.kill()
        await eventually(agent.ready, timeout_s=20)
        agent.livekit.start_again()
        await ann.agent_comes(timeout_s=40)
        await eventually(agent.ready, equals=[], timeout_s=40)
        for _ in range(3):  # the person's own client may still be on its way
            since = await ann.say(await spoken(QUESTION))
            try:
                turn = await agent.asked(room, timeout_s=15)
                break
            except AssertionError:
                continue
        else:
            pytest.fail("the agent is deaf")
        await agent.answer(room, turn, ANSWER)
        assert "team plan costs" in await said_all(ann, since=since)


@pytest.fixture
def ending() -> Iterator[AgentProcess]:
    """An agent of its own, for a test that ends it."""
    with private_livekit() as livekit, agent_process(livekit) as process:
        yield process


async def test_a_live_meeting_goes_on_while_the_service_drains(ending: AgentProcess) -> None:
    async with ending.used() as agent:
        room = await agent.room("drain")
        async with agent.met(room, "Ann") as ann:
            ending.popen.terminate()
            since = await ann.say(await spoken(QUESTION))
            turn = await agent.asked(room)
            await agent.answer(room, turn, ANSWER)
            assert "team plan costs" in await said_all(ann, since=since)
            assert ending.popen.poll() is None
        assert await asyncio.to_thread(ending.popen.wait, 60) == 0


@pytest.fixture
def cut_off() -> Iterator[AgentProcess]:
    """An agent whose LiveKit server is down."""
    with private_livekit() as livekit:
        livekit.kill()
        with agent_process(livekit) as process:
            yield process


async def test_without_a_server_the_service_stays_up_and_says_so(cut_off: AgentProcess) -> None:
    async with cut_off.used(ready=False) as agent:
        problems = await eventually(agent.ready)
        assert "LiveKit" in " ".join(problems)
        assert await agent.redis.get(WORKERS_KEY) is None
        cut_off.livekit.start_again()
        await eventually(agent.ready, equals=[], timeout_s=60)
        await eventually(lambda: agent.redis.get(WORKERS_KEY), equals=b"1")
        room = await agent.room("late")
        async with agent.met(room, "Ann"):
            assert cut_off.popen.poll() is None
