"""One suite for speech-to-text: Deepgram's real plugin against its protocol, and the machine's own.

`MEDIA_AGENT_STT` is all that differs. What only a provider with a socket can do wrong is below.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from livekit.agents import stt
from livekit.agents.stt import SpeechEventType
from numpy.typing import NDArray
from redis.asyncio import Redis

from cli.fakes.speech_providers import FakeSpeechProviders, fake_speech_providers
from cli.fakes.speech_script import Say
from spending.account_keys import account_key
from support.eventually import eventually
from support.meeting.loudness import frames, loud, quiet
from support.meeting.speech import ACME, CALM, HASTY, Kit, Paced, live_speech, words_of

FINAL, INTERIM = SpeechEventType.FINAL_TRANSCRIPT, SpeechEventType.INTERIM_TRANSCRIPT
QUESTION = (quiet(0.3), loud(1.0), quiet(0.5))

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
async def fake() -> AsyncIterator[FakeSpeechProviders]:
    async with fake_speech_providers() as fake:
        yield fake


class Listener:
    """A person's speech-to-text, and what came out of it so far."""

    def __init__(self, kit: Kit, person: str) -> None:
        self.stream = kit.live.stt(person).stream()
        self.events: list[stt.SpeechEvent] = []
        self.ended = asyncio.Event()

    def hear(self, *sounds: NDArray[Any]) -> None:
        for frame in frames(*sounds):
            self.stream.push_frame(frame)

    async def follow(self) -> None:
        async for event in self.stream:
            self.events.append(event)
        self.ended.set()

    async def finals(self, count: int) -> list[str]:
        return await eventually(
            lambda: words if len(words := words_of(self.events, FINAL)) >= count else [],
            timeout_s=20,
        )


@asynccontextmanager
async def listening(kit: Kit, person: str = "ann") -> AsyncGenerator[Listener]:
    listener = Listener(kit, person)
    async with listener.stream, asyncio.TaskGroup() as tasks:
        following = tasks.create_task(listener.follow())
        yield listener
        following.cancel()


async def hear_once(kit: Kit, *sounds: NDArray[Any]) -> list[stt.SpeechEvent]:
    """All that comes of these sounds, to the end of the stream."""
    async with listening(kit) as listener:
        listener.hear(*sounds)
        listener.stream.end_input()
        await listener.ended.wait()
    return listener.events


@pytest.fixture(params=["deepgram", "local", "deepgram,local"])
def order(request: pytest.FixtureRequest) -> str:
    return request.param


def expected(order: str) -> str:
    return "hello there" if order.startswith("deepgram") else "heard at home"


async def test_an_utterance_becomes_words_once(
    redis: Redis, fake: FakeSpeechProviders, order: str
) -> None:
    async with live_speech(redis, fake, stt=order) as kit:
        events = await hear_once(kit, *QUESTION)
    assert words_of(events, FINAL) == [expected(order)]
    kinds = [event.type for event in events if event.type != INTERIM]
    assert kinds == [SpeechEventType.START_OF_SPEECH, SpeechEventType.END_OF_SPEECH, FINAL]
    assert kit.problems == []


async def test_each_pause_is_judged_whoever_finds_the_words(
    redis: Redis, fake: FakeSpeechProviders, order: str
) -> None:
    async with live_speech(redis, fake, stt=order) as kit:
        kit.local.finished = 0.2
        speech_to_text = kit.live.stt("ann")
        assert await speech_to_text.finished_probability() == 1.0
        async with speech_to_text.stream() as stream:
            for frame in frames(*QUESTION):
                stream.push_frame(frame)
            await eventually(lambda: kit.local.judged_s, timeout_s=20)
            assert await speech_to_text.finished_probability() == 0.2
    (judged_s,) = kit.local.judged_s
    assert judged_s >= 1.0


async def test_where_nobody_can_judge_a_pause_it_ends_the_turn(
    redis: Redis, fake: FakeSpeechProviders
) -> None:
    fake.always("deepgram", Say(text="hello there"))
    async with live_speech(redis, fake, stt="deepgram") as kit:
        kit.local.is_broken = True
        speech_to_text = kit.live.stt("ann")
        async with speech_to_text.stream() as stream:
            for frame in frames(*QUESTION):
                stream.push_frame(frame)
            await eventually(lambda: speech_to_text.judged is not None, timeout_s=20)
            assert await speech_to_text.finished_probability() == 1.0


async def test_utterances_come_in_the_order_they_were_said(
    redis: Redis, fake: FakeSpeechProviders, order: str
) -> None:
    async with live_speech(redis, fake, stt=order) as kit, listening(kit) as listener:
        for count in (1, 2, 3):
            fake.always("deepgram", Say(text=f"number {count}"))
            kit.local.words = f"number {count}"
            listener.hear(*QUESTION)
            await listener.finals(count)
        finals = words_of(listener.events, FINAL)
    if order == "local":
        assert finals == ["number 1", "number 2", "number 3"]
    else:  # one socket, opened with the first script
        assert finals == ["number 1"] * 3


async def test_a_cough_is_nothing_to_transcribe(redis: Redis, fake: FakeSpeechProviders) -> None:
    async with live_speech(redis, fake, stt="local") as kit:
        events = await hear_once(kit, quiet(1.0), loud(0.15), quiet(0.5))
    assert words_of(events, FINAL) == kit.local.heard_s == []


async def test_silence_costs_nothing_and_says_nothing(
    redis: Redis, fake: FakeSpeechProviders, order: str
) -> None:
    async with live_speech(redis, fake, stt=order) as kit:
        events = await hear_once(kit, quiet(2.0), loud(0.02), quiet(0.5))
    assert events == []
    assert (kit.ledger.lines(), fake.journal, kit.local.heard_s) == ([], [], [])


async def test_what_was_heard_is_paid_for_exactly_once(
    redis: Redis, fake: FakeSpeechProviders, order: str
) -> None:
    async with live_speech(redis, fake, stt=order) as kit:
        await hear_once(kit, *QUESTION)
    ((provider, model, seconds),) = kit.ledger.lines()
    assert len(kit.ledger.stated) == 1
    assert await kit.held_usd() == 0
    if order == "local":
        assert (provider, model) == ("local", "fake-local")
        assert seconds == pytest.approx(1.6, abs=0.3)
        assert kit.ledger.stated[0].data.estimate_usd > 0
        assert kit.ledger.stated[0].data.cost_usd == 0
    else:
        assert (provider, model) == ("deepgram", "nova-3")
        assert 0 < seconds < 30


async def test_who_is_cut_off_while_speaking_is_heard_as_far_as_they_came(
    redis: Redis, fake: FakeSpeechProviders, order: str
) -> None:
    async with live_speech(redis, fake, stt=order) as kit, listening(kit) as listener:
        listener.hear(quiet(0.3), loud(1.0))
        assert await listener.finals(1) == [expected(order)]
        listener.hear(*QUESTION)
        assert await listener.finals(2) == [expected(order)] * 2


async def test_two_people_are_heard_apart(
    redis: Redis, fake: FakeSpeechProviders, order: str
) -> None:
    async with (
        live_speech(redis, fake, stt=order) as kit,
        listening(kit, "ann") as ann,
        listening(kit, "bob") as bob,
    ):
        ann.hear(*QUESTION)
        bob.hear(*QUESTION)
        assert await ann.finals(1) == await bob.finals(1) == [expected(order)]


async def test_words_come_while_somebody_still_speaks(
    redis: Redis, fake: FakeSpeechProviders
) -> None:
    fake.script("deepgram", Say(text="how much is it"))
    async with live_speech(redis, fake, stt="deepgram") as kit, listening(kit) as listener:
        listener.hear(quiet(0.3), loud(1.0))
        await eventually(lambda: words_of(listener.events, INTERIM), equals=["how"])
        assert words_of(listener.events, FINAL) == []
        listener.hear(quiet(0.5))
        assert await listener.finals(1) == ["how much is it"]
    (request,) = fake.of("deepgram")
    assert request.query["model"] == "nova-3"
    assert request.query["mip_opt_out"] == "true"
    assert request.query["keyterm"] == "Parley"
    # The beginning of speech is in it, and some sound before that.
    assert request.audio_s == pytest.approx(1.7, abs=0.3)


async def test_the_older_model_is_a_setting(redis: Redis, fake: FakeSpeechProviders) -> None:
    async with live_speech(redis, fake, stt="deepgram", deepgram_model="nova-2") as kit:
        await hear_once(kit, *QUESTION)
    assert fake.of("deepgram")[0].query["model"] == "nova-2"
    assert fake.of("deepgram")[0].query["keywords"] == "Parley:2.0"
    assert [line[:2] for line in kit.ledger.lines()] == [("deepgram", "nova-2")]


@pytest.mark.parametrize(
    "fault",
    [
        Say(status=401),
        Say(status=429),
        Say(status=503),
        Say(slow_s=30),
        Say(silent=True),
        Say(cut=True),
        Say(close=1011),
        Say(malformed=True, silent=True),
    ],
    ids=["401", "429", "503", "slow", "silent", "cut", "1011", "malformed"],
)
async def test_whatever_goes_wrong_the_next_hears_all_of_it(
    redis: Redis, fake: FakeSpeechProviders, fault: Say
) -> None:
    fake.always("deepgram", fault)
    async with live_speech(redis, fake, stt="deepgram,local", timeouts=HASTY) as kit:
        events = await hear_once(kit, *QUESTION)
    assert words_of(events, FINAL) == ["heard at home"]
    (heard_s,) = kit.local.heard_s
    assert heard_s >= 1.0  # the whole question
    assert kit.problems == []
    assert await kit.held_usd() == 0


async def test_a_provider_that_fell_silent_rests_and_the_next_question_does_not_wait_for_it(
    redis: Redis, fake: FakeSpeechProviders
) -> None:
    fake.always("deepgram", Say(silent=True))
    async with (
        live_speech(redis, fake, stt="deepgram,local", timeouts=HASTY, clock=Paced(0.001)) as kit,
        listening(kit) as listener,
    ):
        listener.hear(*QUESTION)
        await listener.finals(1)
        listener.hear(*QUESTION)
        assert await listener.finals(2) == ["heard at home"] * 2
    assert len(fake.of("deepgram")) == 1


async def test_silence_of_all_is_a_cough_and_no_failure(
    redis: Redis, fake: FakeSpeechProviders
) -> None:
    fake.script("deepgram", Say(silent=True))
    timeouts = replace(CALM, final_s=0.2)
    async with (
        live_speech(redis, fake, stt="deepgram,local", timeouts=timeouts) as kit,
        listening(kit) as listener,
    ):
        kit.local.words = ""
        listener.hear(*QUESTION)
        await eventually(lambda: len(kit.local.heard_s), equals=1, timeout_s=20)
        assert words_of(listener.events, FINAL) == []
        listener.hear(*QUESTION)
        await eventually(lambda: len(kit.local.heard_s), equals=2, timeout_s=20)
    assert len(fake.of("deepgram")) == 1  # the same socket: it did not fail
    assert kit.problems == []


async def test_what_was_transcribed_before_the_break_is_not_transcribed_again(
    redis: Redis, fake: FakeSpeechProviders
) -> None:
    fake.script("deepgram", Say(text="the first half", mute_after_s=0.9))
    timeouts = replace(CALM, final_s=2)
    async with (
        live_speech(redis, fake, stt="deepgram,local", timeouts=timeouts) as kit,
        listening(kit) as listener,
    ):
        listener.hear(loud(1.0), quiet(0.5))
        await listener.finals(1)
        listener.hear(loud(1.0), quiet(0.5))
        assert await listener.finals(2) == ["the first half", "heard at home"]
    assert len(kit.local.heard_s) == 1


async def test_nobody_talks_into_a_dead_socket_for_minutes(
    redis: Redis, fake: FakeSpeechProviders
) -> None:
    fake.always("deepgram", Say(silent=True))
    async with (
        live_speech(redis, fake, stt="deepgram,local", timeouts=HASTY) as kit,
        listening(kit) as listener,
    ):
        listener.hear(loud(3.0))
        await eventually(
            lambda: [each.ended for each in fake.of("deepgram")], equals=["done"], timeout_s=20
        )
        listener.hear(loud(1.0), quiet(0.5))
        assert await listener.finals(1) == ["heard at home"]
        assert kit.local.heard_s[0] >= 4.0


async def test_a_failed_provider_is_asked_again_later(
    redis: Redis, fake: FakeSpeechProviders
) -> None:
    fake.script("deepgram", Say(status=503))
    async with (
        live_speech(redis, fake, stt="deepgram,local", clock=Paced(20)) as kit,
        listening(kit) as listener,
    ):
        listener.hear(*QUESTION)
        assert await listener.finals(1) == ["heard at home"]

        async def heard_by_deepgram() -> bool:
            before = len(words_of(listener.events, FINAL))
            listener.hear(*QUESTION)
            return (await listener.finals(before + 1))[-1] == "hello there"

        await eventually(heard_by_deepgram, timeout_s=30)
    assert [request.ended for request in fake.of("deepgram")] == ["refused 503", "done"]


async def test_a_socket_in_which_nobody_speaks_is_closed_and_opened_again(
    redis: Redis, fake: FakeSpeechProviders
) -> None:
    timeouts = replace(CALM, idle_s=0.5)
    async with (
        live_speech(redis, fake, stt="deepgram", timeouts=timeouts) as kit,
        listening(kit) as listener,
    ):
        listener.hear(*QUESTION)
        await listener.finals(1)
        await eventually(
            lambda: [each.ended for each in fake.of("deepgram")], equals=["done"], timeout_s=20
        )
        listener.hear(*QUESTION)
        assert await listener.finals(2) == ["hello there"] * 2
        assert len(fake.of("deepgram")) == 2
    assert len(kit.ledger.lines()) == 2
    assert kit.problems == []


async def test_when_nobody_hears_it_is_said_once_and_so_is_the_return(
    redis: Redis, fake: FakeSpeechProviders
) -> None:
    fake.always("deepgram", Say(status=503))
    async with live_speech(redis, fake, stt="deepgram,local") as kit, listening(kit) as listener:
        kit.local.is_broken = True
        for _ in range(2):
            listener.hear(*QUESTION)
        await eventually(lambda: kit.problems, equals=["ears_lost"], timeout_s=20)
        assert kit.live.problems == {"ears_lost"}
        kit.local.is_broken = False
        listener.hear(*QUESTION)
        await listener.finals(1)
        assert kit.problems == ["ears_lost", "ears_back"]
        assert kit.live.problems == frozenset()


async def test_a_used_up_budget_switches_the_paid_provider_off_not_the_meeting(
    redis: Redis, fake: FakeSpeechProviders
) -> None:
    async with live_speech(redis, fake, stt="deepgram,local") as kit:
        await redis.hset(account_key(ACME), "limit", "0")
        events = await hear_once(kit, *QUESTION)
    assert words_of(events, FINAL) == ["heard at home"]
    assert fake.journal == []
    assert [line[0] for line in kit.ledger.lines()] == ["local"]


async def test_usage_that_cannot_be_stated_yet_keeps_nobody_waiting(
    redis: Redis, fake: FakeSpeechProviders
) -> None:
    async with live_speech(redis, fake, stt="local") as kit, listening(kit) as listener:
        kit.ledger.is_down = True
        listener.hear(*QUESTION)
        await listener.finals(1)
        kit.ledger.is_down = False
        await eventually(lambda: len(kit.ledger.lines()), equals=1, timeout_s=20)


async def test_what_people_say_is_never_logged(
    redis: Redis, fake: FakeSpeechProviders, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    for fault in (Say(), Say(cut=True), Say(malformed=True), Say(silent=True)):
        fake.script("deepgram", replace(fault, text="the secret word"))
        async with live_speech(redis, fake, stt="deepgram,local", timeouts=HASTY) as kit:
            kit.local.words = "the secret word"
            await hear_once(kit, *QUESTION)
    assert caplog.records
    assert "secret" not in "".join(str(vars(record)) for record in caplog.records)
