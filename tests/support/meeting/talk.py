"""Two people and Parley in a live meeting: what a test has them say, and what they hear."""

import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

from cli.bench.meeting.participant import Participant
from cli.bench.meeting.received import ReceivedText
from contracts.own_sentences import own_sentences
from support.eventually import eventually
from support.livekit.cluster import LiveCluster
from support.media.sample import add_sample_documents
from support.media.sounds import spoken, words_in

AGENT_TIMEOUT_S = 30
ANSWERED_TIMEOUT_S = 60
ASKED_AGAIN_AFTER_S = 20
QUIET_S = 1.5
BEGUN_FRAMES = 15
"""Of 20 ms, loud."""


@asynccontextmanager
async def meeting(
    cluster: LiveCluster, title: str
) -> AsyncGenerator[tuple[dict[str, Any], Participant, Participant]]:
    """A room with Ann, Ben and Parley in it, which knows the sample's documents, welcome said."""
    async with cluster.client() as client:
        await add_sample_documents(client)
    room = await cluster.open_room(title)
    async with cluster.person(room, "Ann") as ann, cluster.person(room, "Ben") as ben:
        for person in (ann, ben):
            await person.turn_on_microphone()
            await person.agent_comes(timeout_s=AGENT_TIMEOUT_S)
        await eventually(ann.loud_times, timeout_s=AGENT_TIMEOUT_S)
        await said(ann)
        yield room, ann, ben
    async with cluster.client() as client:
        await client.delete(f"/v1/rooms/{room['room']}")


async def said(person: Participant, *, timeout_s: float = ANSWERED_TIMEOUT_S) -> None:
    """Wait until Parley, which speaks, has said all."""
    await eventually(lambda: person.quiet_for() > QUIET_S, timeout_s=timeout_s)


async def answer_to(
    question: str, asker: Participant, listener: Participant, *, times: int = 1
) -> str:
    """The question asked aloud; what the other one heard for an answer, as plain words.

    Asked again, so many times in all, as people do when nothing comes of it.
    """
    began_at = time.monotonic()
    for timeout_s in [ASKED_AGAIN_AFTER_S] * (times - 1) + [ANSWERED_TIMEOUT_S]:
        ended_at = await asker.say(await spoken(question))
        with suppress(AssertionError):
            await answer_is_said(listener, since=ended_at, timeout_s=timeout_s)
            return await words_in(listener.heard(since=ended_at))
    heard = listener.transcripts(asker.identity, since=began_at)
    raise AssertionError(f"{question!r} was heard as {heard}, and not answered")


async def answer_is_said(listener: Participant, *, since: float, timeout_s: float) -> None:
    """Wait until Parley has said something of its own since then, more than a filler."""

    await eventually(
        lambda: any(one.done for one in answers(listener, since=since)), timeout_s=timeout_s
    )
    await said(listener)


async def answer_has_begun(listener: Participant, *, since: float) -> None:
    """Wait until some of it is heard."""
    [answer, *_] = await eventually(
        lambda: answers(listener, since=since), timeout_s=ANSWERED_TIMEOUT_S
    )
    await eventually(lambda: len(listener.loud_times(since=answer.at)) > BEGUN_FRAMES, timeout_s=30)


def answers(listener: Participant, *, since: float) -> list[ReceivedText]:
    """What Parley has begun to say since then, without its fillers."""
    texts = [
        one for agent in listener.agents for one in listener.transcriptions(agent, since=since)
    ]
    return [
        one
        for one in texts
        if one.text and not any(f.startswith(one.text) for f in own_sentences("en").fillers)
    ]


def load_factor() -> float:
    """How many times as long as usual things may take: as often as the machine is asked for."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
