"""A turn from its delivery to its conclusion: real lanes and board, models in the test's hand."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
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
from contracts.errors import LostError, UnavailableError
from contracts.fact import Envelope, Fact
from contracts.feed import Accepted, Concluded
from contracts.ids import TenantId, TurnId
from contracts.knowledge import Passage, PassagesFound
from contracts.vision import FrameDescribed
from llm_router.adapters.redis_board import RedisBoard
from llm_router.adapters.redis_turns import RedisTurns
from llm_router.domain.evidence import Evidence
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.turn import Ask, Policy, Tier
from llm_router.handlers import (
    Answering,
    Deadlines,
    Waits,
    on_frame_described,
    on_passages_found,
    on_speech_interrupted,
    on_turn_given_up,
    on_turn_taken,
)
from llm_router.ports import Work
from runtime.bus import GivenUp
from runtime.clock import SystemClock
from support.eventually import eventually
from support.turns import (
    HeldDelivery,
    a_passage,
    a_turn,
    described,
    entry,
    enveloped,
    feed_of,
    found,
    name,
)

pytestmark = pytest.mark.integration
PASSAGE = a_passage("The Team plan costs 29 USD per month.")


@dataclass
class ScriptedModels:
    """Abstains, or fails, when the test says so; remembers what it was asked."""

    asked: list[Ask] = field(default_factory=list[Ask])
    hold: asyncio.Event | None = None
    replies: list[Reply | Failure] = field(default_factory=list[Reply | Failure])
    cancelled: int = 0

    async def ask(self, asked: Ask, work: Work) -> Reply | Failure:
        self.asked.append(asked)
        try:
            if self.hold:
                await self.hold.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.replies:
            return self.replies.pop(0)
        return Reply("The documents don't say.", abstained=True, support=0.9, took_ms=1)

    @property
    def evidence(self) -> Evidence:
        return self.asked[-1].evidence


@dataclass
class Shelf:
    """The documents as a search finds them; None: the search is down."""

    passages: Sequence[Passage] | None = ()
    looked_up: list[str] = field(default_factory=list[str])

    async def search(self, tenant_id: TenantId, text: str, *, limit: int) -> Sequence[Passage]:
        self.looked_up.append(text)
        if self.passages is None:
            raise UnavailableError("down")
        return self.passages[:limit]


@dataclass
class Router:
    """One process's worth of router."""

    answering: Answering
    models: ScriptedModels
    shelf: Shelf

    async def take(self, turn: TurnTaken, entry_id: str) -> Sequence[Fact]:
        event = cast("Envelope[TurnTaken]", enveloped(turn))
        return await on_turn_taken(event, HeldDelivery(entry_id), answering=self.answering)

    async def finds(self, fact: PassagesFound) -> None:
        event = cast("Envelope[PassagesFound]", enveloped(fact))
        await on_passages_found(event, board=self.answering.board)

    async def sees(self, fact: FrameDescribed) -> None:
        event = cast("Envelope[FrameDescribed]", enveloped(fact))
        await on_frame_described(event, board=self.answering.board)


def a_router(redis: Redis, *, passages_ms: int = 3_000, screen_ms: int = 3_000) -> Router:
    board = RedisBoard(redis)
    models, shelf = ScriptedModels(), Shelf()
    answering = Answering(
        turns=RedisTurns(redis, board),
        board=board,
        models=models,
        knowledge=shelf,
        clock=SystemClock(),
        policy=Policy((Tier("only", ("test:model",)),)),
        waits=Waits(passages_ms, screen_ms, keep_ms=500),
        deadlines=Deadlines(timedelta(seconds=8), timedelta(seconds=60), timedelta(seconds=15)),
    )
    return Router(answering, models, shelf)


@pytest.fixture
def router(redis: Redis) -> Router:
    return a_router(redis)


def now(number: int = 0, *, before: timedelta = timedelta(0)) -> str:
    return entry(datetime.now(UTC), number, before=before)  # noqa: TID251 - the server's own time


async def test_a_turn_is_answered_from_its_passages_and_ends_once(
    router: Router, redis: Redis
) -> None:
    await router.finds(found(PASSAGE))
    (answer,) = await router.take(a_turn(), now())
    assert isinstance(answer, AnswerCompleted)
    assert answer.missing == ()
    assert router.models.evidence.passages == (PASSAGE,)
    said = await feed_of(redis)
    assert [entry.kind for entry in said] == ["accepted", "concluded"]
    assert isinstance(said[1], Concluded)
    assert said[1].answer == answer
    assert {
        "queue",
        "evidence_passages",
        "evidence_screen",
        "attempts",
        "conclude",
        "total",
    } <= set(answer.latency_ms)


async def test_passages_that_come_while_the_owner_waits_are_in_time(router: Router) -> None:
    async with asyncio.TaskGroup() as tasks:
        taken = tasks.create_task(router.take(a_turn(), now()))
        await router.finds(found(PASSAGE))
    assert taken.result()
    assert router.models.evidence.passages == (PASSAGE,)


async def test_two_routers_and_a_late_passages_found_give_one_answer(redis: Redis) -> None:
    """The first router hangs in the model, its delivery goes to the second."""
    first, second = a_router(redis, passages_ms=50), a_router(redis, passages_ms=50)
    first.models.hold = asyncio.Event()
    entry_id = now()
    async with asyncio.TaskGroup() as tasks:
        lost = tasks.create_task(_outcome(first.take(a_turn(), entry_id)))
        await eventually(lambda: len(first.models.asked) == 1)
        won = tasks.create_task(second.take(a_turn(), entry_id))
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
        assert router.models.cancelled == 1
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


async def test_dead_retrieval_costs_only_its_wait(redis: Redis) -> None:
    router = a_router(redis, passages_ms=100)
    (answer,) = await router.take(a_turn(), now())
    assert isinstance(answer, AnswerCompleted)
    assert answer.missing == ("passages",)
    assert 90 <= answer.latency_ms["evidence_passages"] <= 100
    assert answer.latency_ms["total"] < 1_000


async def test_a_question_about_the_screen_waits_for_its_frame_and_says_when_it_is_missing(
    redis: Redis,
) -> None:
    router = a_router(redis, screen_ms=100)
    await router.finds(found())
    await router.sees(described(4_000, "an older frame"))
    turn = a_turn("what does the error say", screen_at_ms=5_000)
    (answer,) = await router.take(turn, now())
    assert isinstance(answer, AnswerCompleted)
    assert answer.missing == ("screen",)
    assert [frame.shown_at_ms for frame in router.models.evidence.frames] == [4_000]


async def test_its_frame_that_comes_while_the_owner_waits_is_the_newest_evidence(
    router: Router,
) -> None:
    await router.finds(found())
    turn = a_turn("what does the error say", screen_at_ms=5_000)
    async with asyncio.TaskGroup() as tasks:
        taken = tasks.create_task(router.take(turn, now()))
        await router.sees(described(4_000, "before"))
        await router.sees(described(6_000, "after the question"))
        await router.sees(described(5_000, "Error 42"))
    (answer,) = taken.result()
    assert isinstance(answer, AnswerCompleted)
    assert answer.missing == ()
    assert [frame.shown_at_ms for frame in router.models.evidence.frames] == [4_000, 5_000]


async def test_a_question_about_documents_does_not_wait_for_the_screen(redis: Redis) -> None:
    router = a_router(redis, screen_ms=60_000)
    await router.finds(found(PASSAGE))
    (answer,) = await router.take(a_turn(screen_at_ms=5_000), now())
    assert isinstance(answer, AnswerCompleted)
    assert answer.missing == ()
    assert answer.latency_ms["total"] < 1_000


async def test_a_patient_turn_waits_longer_and_still_ends(redis: Redis) -> None:
    """Its deadline is 15 s after its entry; 14 s of that are over, and 500 ms are kept."""
    router = a_router(redis, passages_ms=0, screen_ms=0)
    turn = a_turn(channel="voice", screen_at_ms=5_000, patient=True)
    (answer,) = await router.take(turn, now(before=timedelta(seconds=14)))
    assert isinstance(answer, AnswerCompleted)
    assert set(answer.missing) == {"passages", "screen"}
    assert 300 <= answer.latency_ms["evidence_passages"] <= 500


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
        tasks.create_task(on_turn_taken(event, delivery, answering=router.answering))
        await eventually(lambda: delivery.gave_slot_back == 1)
        router.models.hold.set()
    ended = [entry.turn_id for entry in await feed_of(redis) if isinstance(entry, Concluded)]
    assert ended == [TurnId(name("first")), TurnId(name("second"))]


async def test_a_chat_turn_that_waited_past_its_deadline_is_refused(
    router: Router,
) -> None:
    router.models.hold = asyncio.Event()
    await router.finds(found(PASSAGE, turn="first"))
    answering = replace(
        router.answering,
        deadlines=replace(router.answering.deadlines, chat=timedelta(milliseconds=300)),
    )
    impatient = Router(answering, router.models, router.shelf)
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
        await on_speech_interrupted(event, board=router.answering.board)
    (answer,) = taken.result()
    assert isinstance(answer, AnswerCompleted)
    assert answer.interrupted_at_chars == 0
    assert [attempt.outcome for attempt in answer.attempts] == ["cancelled"]
    assert router.models.cancelled == 1


async def test_when_no_model_answers_the_person_hears_a_refusal(router: Router) -> None:
    await router.finds(found(PASSAGE))
    router.models.replies = [Failure("unavailable")]
    (refusal,) = await router.take(a_turn(), now())
    assert isinstance(refusal, AnswerRefused)
    assert refusal.reason == "no_provider"
    assert refusal.text


async def test_a_turn_given_up_is_refused_not_silent(router: Router, redis: Redis) -> None:
    event = cast("Envelope[TurnTaken]", enveloped(a_turn()))
    (refusal,) = await on_turn_given_up(event, GivenUp.MAX_DELIVERIES, answering=router.answering)
    assert isinstance(refusal, AnswerRefused)
    assert refusal.reason == "internal"
    assert [entry.kind for entry in await feed_of(redis)] == ["concluded"]


async def test_a_turn_that_ended_and_is_then_given_up_restates_its_answer(router: Router) -> None:
    await router.finds(found(PASSAGE))
    answer = await router.take(a_turn(), now())
    event = cast("Envelope[TurnTaken]", enveloped(a_turn()))
    again = await on_turn_given_up(event, GivenUp.DEADLINE, answering=router.answering)
    assert list(again) == list(answer)


async def test_an_error_that_only_the_screen_names_is_looked_up(router: Router) -> None:
    router.shelf.passages = (a_passage("E-4012: enter the country prefix.", document="errors.md"),)
    await router.finds(found(PASSAGE))
    await router.sees(described(5_000, "New customer", "Error E-4012: tax number not valid"))
    await router.take(a_turn("how do I fix this error", screen_at_ms=5_000), now())
    assert router.shelf.looked_up == ["Error E-4012: tax number not valid"]
    assert router.models.evidence.passages == (*router.shelf.passages, PASSAGE)


async def test_a_dead_search_does_not_cost_the_answer(router: Router) -> None:
    router.shelf.passages = None
    await router.finds(found(PASSAGE))
    await router.sees(described(5_000, "Error E-4012: tax number not valid"))
    (answer,) = await router.take(a_turn("how do I fix this error", screen_at_ms=5_000), now())
    assert isinstance(answer, AnswerCompleted)
    assert router.models.evidence.passages == (PASSAGE,)


@pytest.mark.parametrize("text", ["what does the Team plan cost", "how do I fix error E-4020"])
async def test_a_question_that_says_what_it_means_is_not_looked_up_again(
    router: Router, text: str
) -> None:
    await router.finds(found(PASSAGE))
    await router.sees(described(5_000, "Error E-4012: tax number not valid"))
    await router.take(a_turn(text, screen_at_ms=5_000), now())
    assert router.shelf.looked_up == []
