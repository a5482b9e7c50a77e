"""A live meeting counts in a process of its own, and Prometheus reads it at the service's port."""

from collections.abc import Iterator

import psutil
import pytest
from livekit import api

from support.eventually import eventually
from support.livekit.server import PrivateLiveKit
from support.meeting.agent import AgentProcess, LiveAgent, Room, agent_process

pytestmark = pytest.mark.timeout(180)

ASKED = 'feed_entries_total{kind="asked"}'
ROOMS = "livekit_active_rooms"


@pytest.fixture
def process(livekit: PrivateLiveKit) -> Iterator[AgentProcess]:
    with agent_process(livekit) as process:
        yield process


async def test_what_a_job_counts_is_scraped_and_stays_when_it_is_killed(
    process: AgentProcess,
) -> None:
    async with process.used() as agent:
        assert await agent.metric(ASKED) is None
        room = await agent.room("counted")
        async with agent.met(room, "Ann") as ann:
            await ann.write("And who pays?")
            await eventually(lambda: agent.metric(ASKED), equals=1, timeout_s=20)
            assert await agent.metric(ROOMS) == 1
            [killed] = ann.agents
            attending(agent).kill()
            await eventually(lambda: agent.metric(ROOMS), equals=0, timeout_s=20)
            assert await agent.metric(ASKED) == 1
            async with agent.livekit.api() as lk:  # as the gateway does
                await lk.room.remove_participant(
                    api.RoomParticipantIdentity(room=room.name, identity=killed)
                )
            await eventually(lambda: ann.agents, equals=[], timeout_s=20)
            await agent.dispatch(room)
            await ann.agent_comes(timeout_s=30)
            await eventually(lambda: attended(agent, room), equals=2, timeout_s=20)
            await ann.write("And when?")
            await eventually(lambda: agent.metric(ASKED), equals=2, timeout_s=20)


async def attended(agent: LiveAgent, room: Room) -> int:
    """How many agents have begun in this room."""
    return len(await agent.feed(room, "started"))


def attending(agent: LiveAgent) -> psutil.Process:
    """The job that attends a room: it has used the most time."""
    jobs = [job for job in agent.jobs if not job.children()]
    return max(jobs, key=lambda job: sum(job.cpu_times()[:2]))
