"""What breaks under a live meeting, and how soon Parley is back: each process killed in turn."""

import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from cli.bench.person import Person
from support.eventually import eventually
from support.livekit_cluster import LiveCluster, live_cluster
from support.meeting_talk import answer_has_begun, answer_to, meeting, patience, said
from support.sounds import spoken

pytestmark = pytest.mark.timeout(400)

BACK_WITHIN_S = 5.0
BACK_AT_ALL_S = 30.0
QUIET_S = 6.0
Tell = Callable[[str, float], None]

ABOUT_INVOICES = "Parley, how long are deleted invoices kept?"
ABOUT_TOKEN = "Parley, where does the command line tool keep its access token?"


@pytest.fixture(scope="module")
def cluster() -> Iterator[LiveCluster]:
    with live_cluster() as cluster:
        yield cluster


async def job_in_a_room(cluster: LiveCluster) -> psutil.Process:
    """The only one, once those of earlier meetings have ended."""

    def busy() -> list[psutil.Process]:
        return [one for one in cluster.jobs if one.net_connections("udp")]

    await eventually(lambda: len(busy()), equals=1, within_s=60, every_s=0.1)
    return busy()[0]


async def killed_to_another_agent(victim: psutil.Process, person: Person) -> float:
    """Kill it; seconds until another agent than the one before is in the room, alone."""
    [before] = person.agents
    killed_at = time.monotonic()
    victim.kill()
    await eventually(
        lambda: before not in person.agents and len(person.agents) == 1, within_s=BACK_AT_ALL_S
    )
    return time.monotonic() - killed_at


async def nothing_is_said(person: Person) -> None:
    """For some seconds."""
    began = time.monotonic()
    await eventually(lambda: time.monotonic() - began > QUIET_S, within_s=QUIET_S + 5)
    assert person.loud_times(since=began) == []


async def test_a_killed_job_is_replaced_within_seconds_and_nothing_is_said_twice(
    cluster: LiveCluster, figure: Tell
) -> None:
    async with meeting(cluster, "Job killed") as (_, ann, ben):
        assert "90 days" in (await answer_to(ABOUT_INVOICES, ann, ben)).replace("ninety", "90")
        took_s = await killed_to_another_agent(await job_in_a_room(cluster), ann)
        figure("job killed, new agent in the room", took_s)
        assert took_s <= BACK_WITHIN_S * patience()
        await nothing_is_said(ben)
        assert "credentials" in await answer_to(ABOUT_TOKEN, ann, ben)


async def test_an_answer_cut_off_by_the_death_of_its_job_is_not_begun_again(
    cluster: LiveCluster, figure: Tell
) -> None:
    async with meeting(cluster, "Killed while speaking") as (_, ann, ben):
        asked_at = await ann.say(await spoken(ABOUT_TOKEN))
        await answer_has_begun(ben, since=asked_at)
        took_s = await killed_to_another_agent(await job_in_a_room(cluster), ann)
        figure("job killed while it spoke, new agent in the room", took_s)
        await nothing_is_said(ben)


async def test_a_killed_worker_leaves_its_meetings_to_another(
    cluster: LiveCluster, figure: Tell
) -> None:
    async with meeting(cluster, "Worker killed") as (_, ann, ben):
        first = cluster.worker
        async with cluster.second_worker():
            took_s = await killed_to_another_agent(first, ann)
            figure("worker killed, agent of another worker in the room", took_s)
            assert took_s <= BACK_WITHIN_S * patience()
            assert "90 days" in (await answer_to(ABOUT_INVOICES, ann, ben)).replace("ninety", "90")
            await eventually(lambda: cluster.worker.pid != first.pid, within_s=30)


async def test_a_killed_worker_that_is_the_only_one_is_back_within_seconds(
    cluster: LiveCluster, figure: Tell
) -> None:
    async with meeting(cluster, "Only worker killed") as (_, ann, ben):
        assert "90 days" in (await answer_to(ABOUT_INVOICES, ann, ben)).replace("ninety", "90")
        took_s = await killed_to_another_agent(cluster.worker, ann)
        figure("only worker killed, new agent in the room", took_s)
        assert took_s <= BACK_WITHIN_S * patience()
        await nothing_is_said(ben)
        assert "credentials" in await answer_to(ABOUT_TOKEN, ann, ben)


async def test_after_a_restart_of_the_server_everybody_is_heard_again(cluster: LiveCluster) -> None:
    async with meeting(cluster, "Server restarted") as (_, ann, ben):
        cluster.livekit.kill()
        await eventually(lambda: not ann.agents, within_s=30)
        for person in (ann, ben):
            await eventually(lambda p=person: len(p.agents) == 1, within_s=60)
        await said(ben)
        # Back in the room, an ear takes some seconds more: LiveKit may have to be asked for it.
        about_invoices = await answer_to(ABOUT_INVOICES, ann, ben, times=3)
        assert "90 days" in about_invoices.replace("ninety", "90")
        assert "credentials" in await answer_to(ABOUT_TOKEN, ben, ann, times=3)
