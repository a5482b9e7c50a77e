"""Providers of speech in a real room: heard and spoken through them, and without them."""

from collections.abc import Iterator
from functools import partial

import pytest

from cli.bench.meeting.participant import Participant
from cli.embedded.processes import free_port
from cli.fakes.speech_providers import fake_speech_providers
from cli.fakes.speech_script import KEY, Say
from contracts.usage import UsageIncurred
from spending import Accounts
from support.eventually import eventually
from support.livekit.server import PrivateLiveKit
from support.media.sounds import plain, spoken, words_in
from support.meeting.agent import AgentProcess, LiveAgent, Room, agent_process

pytestmark = pytest.mark.timeout(240)

QUESTION = "What does the team plan cost per month?"
ANSWER = "The team plan costs forty euros per month."
SPOKEN_TIMEOUT_S = 40


@pytest.fixture
def port() -> int:
    """Where the providers will be."""
    return free_port()


@pytest.fixture
def process(livekit: PrivateLiveKit, port: int) -> Iterator[AgentProcess]:
    """Its environment has the keys of Deepgram and Cartesia; nothing else says who speaks."""
    with agent_process(
        livekit,
        DEEPGRAM_API_KEY=KEY,
        CARTESIA_API_KEY=KEY,
        MEDIA_AGENT_DEEPGRAM_URL=f"http://127.0.0.1:{port}/v1/listen",
        MEDIA_AGENT_CARTESIA_URL=f"http://127.0.0.1:{port}",
    ) as process:
        yield process


async def paid(agent: LiveAgent, room: Room) -> dict[tuple[str, str], float]:
    """Quantity by kind and provider."""
    found: dict[tuple[str, str], float] = {}
    for used in await agent.facts(room, UsageIncurred):
        key = (used.kind, used.provider)
        found[key] = found.get(key, 0) + float(used.quantity)
    return found


async def said_all(ann: Participant, *, since: float) -> str:
    """What the agent says from then on, once it is silent again."""
    await eventually(lambda: ann.loud_times(since=since), timeout_s=SPOKEN_TIMEOUT_S)
    await eventually(lambda: ann.quiet_for() > 1.5, timeout_s=SPOKEN_TIMEOUT_S)
    return plain(await words_in(ann.heard(since=since)))


async def test_a_meeting_is_heard_and_spoken_through_providers_and_goes_on_without_them(
    process: AgentProcess, port: int
) -> None:
    async with fake_speech_providers(port) as fake, process.used() as agent:
        fake.always("deepgram", Say(text="What does Deepgram hear?"))
        with_them = await agent.room("with")
        await Accounts(agent.redis).make(with_them.tenant_id)
        async with agent.met(with_them, "Ann") as ann:
            await ann.say(await spoken(QUESTION))
            turn = await agent.asked(with_them)
            assert turn.text == "What does Deepgram hear?"
            await agent.answer(with_them, turn, ANSWER)
            await eventually(
                lambda: [text for each in fake.of("cartesia") for text in each.texts],
                equals=[ANSWER],
                timeout_s=SPOKEN_TIMEOUT_S,
            )
            await eventually(lambda: agent.feed(with_them, "spoken"), timeout_s=SPOKEN_TIMEOUT_S)
        await eventually(partial(paid_both, agent, with_them), timeout_s=SPOKEN_TIMEOUT_S)
        found = await paid(agent, with_them)
        assert found["tts", "cartesia"] == len(ANSWER)
        assert 0 < found["stt", "deepgram"] < 120

        fake.always("deepgram", Say(silent=True))
        fake.always("cartesia", Say(status=503))
        without = await agent.room("without")
        await Accounts(agent.redis).make(without.tenant_id)
        async with agent.met(without, "Ann") as ann:
            since = await ann.say(await spoken(QUESTION))
            turn = await agent.asked(without)
            assert "team plan cost" in plain(turn.text)
            await agent.answer(without, turn, ANSWER)
            assert "team plan costs" in await said_all(ann, since=since)


async def paid_both(agent: LiveAgent, room: Room) -> bool:
    return {("stt", "deepgram"), ("tts", "cartesia")} <= (await paid(agent, room)).keys()
