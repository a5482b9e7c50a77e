"""Every turn ends once: lost lanes, deadlines, barge-in, redelivery."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from redis.asyncio import Redis

from contracts.conversation import (
    AnswerCompleted,
    AnswerRefused,
    Channel,
    SpeechInterrupted,
    TurnTaken,
)
from contracts.errors import LostError
from contracts.fact import Envelope, Fact
from contracts.feed import Accepted, Concluded
from contracts.ids import TurnId
from llm_router.domain.reply import Failure
from llm_router.handlers import (
    on_speech_interrupted,
    on_turn_given_up,
    on_turn_taken,
)
from runtime.bus import GivenUp
from support.eventually import eventually
from support.router.routers import Router, a_router, now
from support.router.turns import (
    HeldDelivery,
    a_passage,
    a_turn,
    enveloped,
    feed_of,
    found,
    name,
)

pytestmark = pytest.mark.integration
PASSAGE = a_passage("The Team plan costs 29 USD per month.")


async def test_two_routers_and_a_late_passages_found_give_one_answer(redis: Redis) -> None:
    """The first router hangs in the model, its delivery goes to the second."""
    first, second = a_router(redis, passages_ms=50), a_router(redis, passages_ms=50)
    first.models.hold = asyncio.Event()
    entry_id, turn = now(), a_turn(channel="voice")
    async with asyncio.TaskGroup() as tasks:
        lost = tasks.create_task(_outcome(first.take(turn, entry_id)))
        await eventually(lambda: len(first.models.asked) == 1)
        won = tasks.create_task(second.take(turn, entry_id))
        await eventually(lambda: len(second.models.asked) == 1)
        await second.finds(found(PASSAGE))
        first.models.hold.set()
    (answer,) = won.result()
    assert isinstance(answer, AnswerCompleted)
    assert answer.missing == ("passages",)
    # The first either found the turn concluded and restates it, or lost: never a second answer.
    assert lost.result() in ([answer], LostError)
    said = await feed_of(redis)
    assert [entry.kind for entry in said] == ["accepted", "concluded"]
    assert isinstance(said[0], Accepted)
    assert said[0].run == 2


async def _outcome(taking: object) -> object:
    try:
        return list(await cast("asyncio.Future[Sequence[Fact]]", taking))
    except LostError:
        return LostError


async def test_a_newer_voice_turn_cancels_the_older_which_stays_silent(
    router: Router, redis: Redis
) -> None:
    router.models.hold = asyncio.Event()
    older, newer = (a_turn(turn=one, channel="voice") for one in ("older", "newer"))
    for turn in ("older", "newer"):
        await router.finds(found(PASSAGE, turn=turn))
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(router.take(older, now(1)))
        await eventually(lambda: len(router.models.asked) == 1)
        second = tasks.create_task(router.take(newer, now(2)))
        assert list(await first) == []
        assert router.models.cancelled == [older.turn_id]
        router.models.hold.set()
    (answer,) = second.result()
    assert isinstance(answer, AnswerCompleted)
    spoken = [entry for entry in await feed_of(redis) if isinstance(entry, Accepted)]
    assert [entry.turn_id for entry in spoken] == [newer.turn_id]
    ended = [entry for entry in await feed_of(redis) if isinstance(entry, Concluded)]
    assert {(entry.turn_id, entry.superseded) for entry in ended} == {
        (older.turn_id, True),
        (newer.turn_id, False),
    }


async def test_a_redelivered_turn_restates_and_asks_nobody(router: Router, redis: Redis) -> None:
    await router.finds(found(PASSAGE))
    entry_id = now()
    first = await router.take(a_turn(), entry_id)
    again = await router.take(a_turn(), entry_id)
    assert list(again) == list(first)
    assert len(router.models.asked) == 1
    assert len(await feed_of(redis)) == 2


async def test_a_voice_turn_taken_over_past_its_deadline_is_refused_and_nobody_is_asked(
    router: Router,
) -> None:
    turn = a_turn(channel="voice")
    (refusal,) = await router.take(turn, now(before=timedelta(seconds=9)))
    assert isinstance(refusal, AnswerRefused)
    assert refusal.reason == "deadline"
    assert router.models.asked == []


async def test_a_waiting_chat_turn_gives_its_slot_back_and_is_answered_after_the_older(
    router: Router, redis: Redis
) -> None:
    router.models.hold = asyncio.Event()
    for turn in ("first", "second"):
        await router.finds(found(PASSAGE, turn=turn))
    delivery = HeldDelivery(now(2))
    event = cast("Envelope[TurnTaken]", enveloped(a_turn(turn="second")))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(router.take(a_turn(turn="first"), now(1)))
        await eventually(lambda: len(router.models.asked) == 1)
        tasks.create_task(on_turn_taken(event, delivery, deps=router.deps))
        await eventually(lambda: delivery.gave_slot_back == 1)
        router.models.hold.set()
    ended = [entry.turn_id for entry in await feed_of(redis) if isinstance(entry, Concluded)]
    assert ended == [TurnId(name("first")), TurnId(name("second"))]


async def test_a_chat_turn_that_waited_past_its_deadline_is_refused(
    router: Router,
) -> None:
    router.models.hold = asyncio.Event()
    await router.finds(found(PASSAGE, turn="first"))
    deps = replace(
        router.deps,
        deadlines=replace(router.deps.deadlines, chat=timedelta(milliseconds=300)),
    )
    impatient = Router(deps, router.models, router.passage_search)
    async with asyncio.TaskGroup() as tasks:
        holder = tasks.create_task(router.take(a_turn(turn="first"), now(1)))
        await eventually(lambda: len(router.models.asked) == 1)
        (refusal,) = await impatient.take(a_turn(turn="second"), now(2))
        router.models.hold.set()
    assert isinstance(refusal, AnswerRefused)
    assert refusal.reason == "deadline"
    assert holder.result()


@pytest.mark.parametrize("channel", ["voice", "chat"])
async def test_barge_in_cancels_the_call_and_concludes_with_what_was_heard(
    router: Router, channel: Channel
) -> None:
    router.models.hold = asyncio.Event()
    await router.finds(found(PASSAGE))
    turn = a_turn(channel=channel)
    stopped = SpeechInterrupted(turn_id=turn.turn_id, heard_chars=0)
    event = cast("Envelope[SpeechInterrupted]", enveloped(stopped))
    async with asyncio.TaskGroup() as tasks:
        taken = tasks.create_task(router.take(turn, now()))
        await eventually(lambda: len(router.models.asked) == 1)
        await on_speech_interrupted(event, board=router.deps.board)
    (answer,) = taken.result()
    assert isinstance(answer, AnswerCompleted)
    assert answer.interrupted_at_chars == 0
    assert [attempt.outcome for attempt in answer.attempts] == ["cancelled"]
    assert router.models.cancelled == [turn.turn_id]


async def test_when_no_model_answers_the_person_hears_a_refusal(router: Router) -> None:
    await router.finds(found(PASSAGE))
    router.models.replies = [Failure("unavailable")] * 3
    (refusal,) = await router.take(a_turn(), now())
    assert isinstance(refusal, AnswerRefused)
    assert refusal.reason == "no_provider"
    assert refusal.text


async def test_a_turn_given_up_is_refused_not_silent(router: Router, redis: Redis) -> None:
    event = cast("Envelope[TurnTaken]", enveloped(a_turn()))
    (refusal,) = await on_turn_given_up(event, GivenUp.MAX_DELIVERIES, deps=router.deps)
    assert isinstance(refusal, AnswerRefused)
    assert refusal.reason == "internal"
    assert [entry.kind for entry in await feed_of(redis)] == ["concluded"]


async def test_a_turn_that_ended_and_is_then_given_up_restates_its_answer(router: Router) -> None:
    await router.finds(found(PASSAGE))
    answer = await router.take(a_turn(), now())
    event = cast("Envelope[TurnTaken]", enveloped(a_turn()))
    again = await on_turn_given_up(event, GivenUp.DEADLINE, deps=router.deps)
    assert list(again) == list(answer)
