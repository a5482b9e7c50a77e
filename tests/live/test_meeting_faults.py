"""What breaks under a live meeting, and how soon Parley is back: each process killed in turn."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

import psutil
import pytest

from cli.bench.meeting.participant import Participant
from contracts.own_sentences import own_sentences
from support.eventually import eventually
from support.livekit.cluster import LiveCluster, live_cluster
from support.media.sounds import plain, spoken
from support.meeting.talk import answer_has_begun, answer_to, answers, load_factor, meeting, said

pytestmark = pytest.mark.timeout(400)

MEETING = own_sentences("en").meeting
BACK_TIMEOUT_S = 5.0
STARTED_TIMEOUT_S = 12.0
"""A whole service: it imports, without bytecode where none may be written, and loads models."""
BACK_AT_ALL_S = 40.0
QUIET_S = 6.0
Tell = Callable[[str, float], None]

SMALL_TALK = "We will meet again on Thursday, after lunch."
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

    await eventually(lambda: len(busy()), equals=1, timeout_s=60, every_s=0.1)
    return busy()[0]


async def killed_to_another_agent(victim: psutil.Process, person: Participant) -> float:
    """Kill it; seconds until another agent than the one before is in the room, alone."""
    [before] = person.agents
    killed_at = time.monotonic()
    victim.kill()
    await eventually(
        lambda: before not in person.agents and len(person.agents) == 1, timeout_s=BACK_AT_ALL_S
    )
    return time.monotonic() - killed_at


async def nothing_is_said(person: Participant) -> None:
    """For some seconds."""
    began = time.monotonic()
    await eventually(lambda: time.monotonic() - began > QUIET_S, timeout_s=QUIET_S + 5)
    assert person.loud_times(since=began) == []


async def test_a_killed_job_is_replaced_within_seconds_and_nothing_is_said_twice(
    cluster: LiveCluster, figure: Tell
) -> None:
    async with meeting(cluster, "Job killed") as (_, ann, ben):
        assert "90 days" in (await answer_to(ABOUT_INVOICES, ann, ben)).replace("ninety", "90")
        took_s = await killed_to_another_agent(await job_in_a_room(cluster), ann)
        figure("job killed, new agent in the room", took_s)
        assert took_s <= BACK_TIMEOUT_S * load_factor()
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
            assert took_s <= BACK_TIMEOUT_S * load_factor()
            assert "90 days" in (await answer_to(ABOUT_INVOICES, ann, ben)).replace("ninety", "90")
            await eventually(lambda: cluster.worker.pid != first.pid, timeout_s=30)


async def test_a_killed_worker_that_is_the_only_one_is_back_as_soon_as_a_service_starts(
    cluster: LiveCluster, figure: Tell
) -> None:
    async with meeting(cluster, "Only worker killed") as (_, ann, ben):
        assert "90 days" in (await answer_to(ABOUT_INVOICES, ann, ben)).replace("ninety", "90")
        took_s = await killed_to_another_agent(cluster.worker, ann)
        figure("only worker killed, new agent in the room", took_s)
        assert took_s <= STARTED_TIMEOUT_S * load_factor()
        await nothing_is_said(ben)
        assert "credentials" in await answer_to(ABOUT_TOKEN, ann, ben)


async def test_after_a_restart_of_the_server_everybody_is_heard_again(cluster: LiveCluster) -> None:
    async with meeting(cluster, "Server restarted") as (_, ann, ben):
        cluster.livekit.kill()
        await eventually(lambda: not ann.agents, timeout_s=30)
        for person in (ann, ben):
            await eventually(lambda p=person: len(p.agents) == 1, timeout_s=60)
        await said(ben)
        # Back in the room, an ear takes some seconds more: LiveKit may have to be asked for it.
        about_invoices = await answer_to(ABOUT_INVOICES, ann, ben, times=3)
        assert "90 days" in about_invoices.replace("ninety", "90")
        assert "credentials" in await answer_to(ABOUT_TOKEN, ben, ann, times=3)


@contextmanager
def stopped(process: psutil.Process) -> Generator[None]:
    """It is there, but does nothing: whoever asks it waits."""
    process.suspend()
    try:
        yield
    finally:
        process.resume()


async def heard_saying(person: Participant, sentence: str, *, since: float) -> float:
    """Wait until Parley says the sentence; seconds from `since` to its beginning."""

    def told() -> list[float]:
        return [one.at for one in answers(person, since=since) if one.text == sentence]

    [at, *_] = await eventually(told, timeout_s=60)
    await said(person)
    return at - since


async def test_while_redis_does_not_answer_parley_says_so_and_what_it_hears_is_kept(
    cluster: LiveCluster, figure: Tell
) -> None:
    async with meeting(cluster, "Redis stopped") as (room, ann, ben):
        agents, stopped_at = ann.agents, time.monotonic()
        with stopped(cluster.valkey):
            figure(
                "Redis stopped, people told",
                await heard_saying(ben, MEETING["redis_lost"], since=stopped_at),
            )
            await ann.say(await spoken(SMALL_TALK))
            await eventually(lambda: "thursday" in words_of(ben, ann), timeout_s=30)
            asked_at = await ann.say(await spoken(ABOUT_INVOICES))
            await heard_saying(ben, MEETING["no_answer"], since=asked_at)
        back_at = time.monotonic()
        figure(
            "Redis goes on, people told",
            await heard_saying(ben, MEETING["redis_back"], since=back_at),
        )
        await nothing_is_said(ben)
        assert "credentials" in await answer_to(ABOUT_TOKEN, ann, ben)
        await nothing_is_said(ben)
        assert [one.text for one in answers(ben, since=back_at)].count(MEETING["redis_back"]) == 1
        assert ann.agents == agents
        await written_down_once(cluster, room["session_id"], words_of(ben, ann))


async def test_after_a_restart_of_redis_the_next_question_is_answered_and_nothing_is_lost(
    cluster: LiveCluster,
) -> None:
    async with meeting(cluster, "Redis killed") as (room, ann, ben):
        agents, killed = ann.agents, cluster.valkey
        killed.kill()
        await ann.say(await spoken(SMALL_TALK))
        await eventually(lambda: "thursday" in words_of(ben, ann), timeout_s=30)
        assert cluster.valkey.pid != killed.pid
        assert "credentials" in await answer_to(ABOUT_TOKEN, ann, ben, times=2)
        await nothing_is_said(ben)
        assert ann.agents == agents
        await written_down_once(cluster, room["session_id"], words_of(ben, ann))


def words_of(listener: Participant, speaker: Participant) -> str:
    """What the room was told that somebody said."""
    return plain(" ".join(listener.transcripts(speaker.identity)))


async def written_down_once(cluster: LiveCluster, session_id: str, words: str) -> None:
    """Wait until the session's record has that people said these words, and nothing else."""

    async def record() -> str:
        told = await cluster.summary(session_id)
        return plain(" ".join(one["text"] for one in told["transcript"]))

    await eventually(record, equals=words, timeout_s=30, every_s=0.3)
