"""The scripts of the lanes, each rule by itself, on a real server."""

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from contracts.conversation import AnswerCompleted, AnswerRefused, Channel, TurnTaken
from contracts.errors import LostError
from contracts.feed import Accepted
from contracts.streams import stream_key
from llm_router.adapters.redis_board import RedisBoard
from llm_router.adapters.redis_turns import RedisTurns
from llm_router.domain.results import refused
from llm_router.domain.turn import Refused
from llm_router.ports import Conclusion, Cursor, Lost, Run, Superseded, Turn
from runtime.bus.envelopes import to_body
from support.gateway.meetings import answered
from support.router.turns import SESSION, a_turn, entry, enveloped, feed_of

pytestmark = pytest.mark.integration
NOW = datetime.now(UTC)  # noqa: TID251 - compared with the server's own clock


@pytest.fixture(autouse=True)
def each_test_begins_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chat turn lives for a minute, and a whole run of tests for longer."""
    began = datetime.now(UTC)  # noqa: TID251 - compared with the server's own clock
    monkeypatch.setattr(sys.modules[__name__], "NOW", began)


@pytest.fixture
def turns(redis: Redis) -> RedisTurns:
    return RedisTurns(redis, RedisBoard(redis))


def turn(name: str, number: int, channel: Channel, *, before: timedelta = timedelta(0)) -> Turn:
    entry_id = entry(NOW, number, before=before)
    entered = datetime.fromtimestamp(int(entry_id.split("-")[0]) / 1000, UTC)
    life = timedelta(seconds=8 if channel == "voice" else 60)
    event = enveloped(a_turn(turn=name, channel=channel))
    return Turn(event, SESSION, entry_id, entered, entered + life)  # type: ignore[arg-type]  # Envelope[Fact] holds a TurnTaken


def answer_of(turn: Turn) -> AnswerRefused:
    return refused(turn.event.data, Refused("no_provider"), {"total": 1})


def answered_by(run: Run, text: str, *, abstained: bool = False) -> AnswerCompleted:
    return answered(run.turn.event.data, text).model_copy(update={"abstained": abstained})


async def begin(turns: RedisTurns, turn: Turn) -> Run:
    run = await turns.begin(turn)
    assert isinstance(run, Run)
    return run


def accepted(run: Run) -> Accepted:
    turn = run.turn
    return Accepted(
        turn_id=turn.turn_id, run=run.number, attempt=1, channel=turn.channel, text="29 USD."
    )


async def test_a_newer_voice_turn_takes_the_lane_and_the_older_can_say_nothing(
    turns: RedisTurns, redis: Redis
) -> None:
    older = await begin(turns, turn("older", 1, "voice"))
    newer = await begin(turns, turn("newer", 2, "voice"))
    with pytest.raises(LostError):
        await turns.say(older, accepted(older))
    with pytest.raises(LostError):
        await turns.conclude(older, answer_of(older.turn))
    assert await feed_of(redis) == []
    await turns.say(newer, accepted(newer))
    assert [said.turn_id for said in await feed_of(redis) if isinstance(said, Accepted)] == [
        newer.turn.turn_id
    ]


async def test_a_displaced_turn_is_told_on_its_board(turns: RedisTurns, redis: Redis) -> None:
    older = await begin(turns, turn("older", 1, "voice"))
    await begin(turns, turn("newer", 2, "voice"))
    news = await RedisBoard(redis).read(older.turn, Cursor(), wait_ms=0)
    assert news.notices == (Lost(),)


async def test_what_cannot_be_read_on_a_board_or_a_screen_is_passed_over(
    turns: RedisTurns, redis: Redis
) -> None:
    older = await begin(turns, turn("older", 1, "voice"))
    board, screen = f"board:{older.turn.turn_id}:{{00}}", f"screen:{SESSION}:{{00}}"
    await redis.xadd(board, {"passages": "{half"})
    await redis.xadd(screen, {"frame": "{}"})
    newest: Any = await redis.xadd(screen, {"other": "field"})
    await begin(turns, turn("newer", 2, "voice"))
    news = await RedisBoard(redis).read(older.turn, Cursor(), wait_ms=0)
    assert (news.notices, news.frames) == ((Lost(),), ())
    assert news.cursor.screen == newest.decode()


async def test_an_older_voice_turn_that_comes_late_is_superseded_even_after_the_newer_ended(
    turns: RedisTurns,
) -> None:
    newer = await begin(turns, turn("newer", 2, "voice"))
    await turns.conclude(newer, answer_of(newer.turn))
    assert await turns.begin(turn("older", 1, "voice")) == "superseded"


async def test_a_superseded_turn_ends_once_and_says_so(turns: RedisTurns, redis: Redis) -> None:
    older = await begin(turns, turn("older", 1, "voice"))
    await begin(turns, turn("newer", 2, "voice"))
    ended = await turns.conclude_unheld(older.turn, Superseded())
    again = await turns.conclude_unheld(older.turn, Superseded())
    assert ended == again == Conclusion(Superseded())
    assert ended.facts == ()
    assert [said.kind for said in await feed_of(redis)] == ["concluded"]


async def test_a_turn_begun_again_has_a_new_run_and_the_old_run_is_void(turns: RedisTurns) -> None:
    first = await begin(turns, turn("turn", 1, "chat"))
    second = await begin(turns, turn("turn", 1, "chat"))
    assert (first.number, second.number) == (1, 2)
    with pytest.raises(LostError):
        await turns.conclude(first, answer_of(first.turn))
    await turns.conclude(second, answer_of(second.turn))


async def test_a_copy_of_a_running_turn_waits_for_it_and_takes_no_place(turns: RedisTurns) -> None:
    first = turn("turn", 1, "chat")
    run = await begin(turns, first)
    for number in range(2, 7):
        assert await turns.begin(turn(f"other {number}", number, "chat")) == "wait"
    copy = turn("turn", 7, "chat")
    assert await turns.begin(copy) == "wait"
    assert await turns.begin(turn("sixth", 8, "chat")) == "full"
    await turns.say(run, accepted(run))
    result = answer_of(first)
    await turns.conclude(run, result)
    assert await turns.begin(copy) == Conclusion(result)


async def test_a_concluded_turn_restates_its_conclusion(turns: RedisTurns, redis: Redis) -> None:
    run = await begin(turns, turn("turn", 1, "chat"))
    result = answer_of(run.turn)
    await turns.conclude(run, result)
    assert await turns.begin(run.turn) == Conclusion(result)
    assert await turns.conclude(run, answer_of(run.turn)) == Conclusion(result)
    assert len(await feed_of(redis)) == 1


async def test_chat_turns_run_one_after_the_other_in_order(turns: RedisTurns) -> None:
    first, second, third = (turn(name, n, "chat") for n, name in enumerate(["a", "b", "c"], 1))
    run = await begin(turns, first)
    assert await turns.begin(third) == "wait"
    assert await turns.begin(second) == "wait"
    await turns.conclude(run, answer_of(first))
    await turns.conclude(await begin(turns, second), answer_of(second))
    await turns.conclude(await begin(turns, third), answer_of(third))


async def test_the_sixth_waiting_chat_turn_is_refused_and_the_five_keep_their_places(
    turns: RedisTurns,
) -> None:
    await begin(turns, turn("holder", 0, "chat"))
    waiting = [turn(f"w{n}", n, "chat") for n in range(1, 6)]
    assert [await turns.begin(one) for one in waiting] == ["wait"] * 5
    assert await turns.begin(turn("sixth", 6, "chat")) == "full"
    assert [await turns.begin(one) for one in waiting] == ["wait"] * 5


async def test_a_refused_turn_never_held_the_lane_and_its_feed_entry_has_run_0(
    turns: RedisTurns, redis: Redis
) -> None:
    holder = await begin(turns, turn("holder", 0, "chat"))
    other = turn("other", 1, "chat")
    await turns.conclude_unheld(other, answer_of(other))
    (entry_,) = await feed_of(redis)
    assert entry_.kind == "concluded"
    assert entry_.run == 0
    await turns.say(holder, accepted(holder))


async def test_a_holder_past_its_deadline_is_void(turns: RedisTurns) -> None:
    stuck = await begin(turns, turn("stuck", 1, "chat", before=timedelta(seconds=61)))
    next_ = turn("next", 2, "chat")
    run = await begin(turns, next_)
    with pytest.raises(LostError):
        await turns.say(stuck, accepted(stuck))
    await turns.say(run, accepted(run))


async def test_a_holder_past_its_deadline_may_still_end_itself_while_nobody_took_over(
    turns: RedisTurns,
) -> None:
    late = await begin(turns, turn("late", 1, "chat", before=timedelta(seconds=61)))
    assert (await turns.conclude(late, answer_of(late.turn))).facts


async def test_the_two_lanes_do_not_know_each_other(turns: RedisTurns, redis: Redis) -> None:
    voice = await begin(turns, turn("voice", 1, "voice"))
    chat = await begin(turns, turn("chat", 2, "chat"))
    await turns.say(voice, accepted(voice))
    await turns.say(chat, accepted(chat))
    said = [entry.turn_id for entry in await feed_of(redis) if isinstance(entry, Accepted)]
    assert said == [voice.turn.turn_id, chat.turn.turn_id]


async def test_an_older_chat_turn_that_was_read_and_not_begun_goes_first(
    turns: RedisTurns, redis: Redis
) -> None:
    """Its worker died before it could begin; another will take it."""
    key = stream_key(TurnTaken.event_type, 0)
    ids: list[str] = []
    for name in ("older", "newer"):
        body = to_body(enveloped(a_turn(turn=name)))
        ids.append(cast("bytes", await redis.xadd(key, {"__data__": body})).decode())
    await redis.xgroup_create(key, "llm-router", id="0")
    await redis.xreadgroup("llm-router", "dead", {key: ">"}, count=10)
    older, newer = (
        Turn(one.event, SESSION, entry_id, one.entered_at, one.deadline)
        for one, entry_id in zip(
            (turn("older", 1, "chat"), turn("newer", 2, "chat")), ids, strict=True
        )
    )
    assert await turns.begin(newer) == "wait"
    run = await begin(turns, older)
    await turns.conclude(run, answer_of(older))
    assert await turns.begin(newer) == "wait", "ended, but its delivery is not committed yet"
    await redis.xack(key, "llm-router", ids[0])
    await begin(turns, newer)


async def test_a_copy_that_is_read_before_its_first_entry_begins_takes_no_place(
    turns: RedisTurns, redis: Redis
) -> None:
    key = stream_key(TurnTaken.event_type, 0)
    names = ["turn", "other 1", "other 2", "other 3", "other 4", "other 5", "turn"]
    entered: list[Turn] = []
    for number, name in enumerate(names):
        one = turn(name, number, "chat")
        entry_id = cast("bytes", await redis.xadd(key, {"__data__": to_body(one.event)}))
        entered.append(replace(one, entry_id=entry_id.decode()))
    await redis.xgroup_create(key, "llm-router", id="0")
    await redis.xreadgroup("llm-router", "reader", {key: ">"}, count=10)
    first, *others, copy = entered
    assert [await turns.begin(one) for one in (copy, *others)] == ["wait"] * 6
    run = await begin(turns, first)
    await turns.conclude(run, answer_of(first))
    assert isinstance(await turns.begin(copy), Conclusion)


async def test_a_given_up_turn_ends_whoever_holds_the_lane_and_frees_it(turns: RedisTurns) -> None:
    run = await begin(turns, turn("turn", 1, "chat"))
    gone = refused(run.turn.event.data, Refused("internal"), {})
    assert (await turns.give_up(run.turn.event, gone)).result == gone
    with pytest.raises(LostError):
        await turns.say(run, accepted(run))
    await begin(turns, turn("next", 2, "chat"))


async def test_a_run_that_lost_to_a_newer_run_of_its_turn_may_not_end_it(turns: RedisTurns) -> None:
    first = await begin(turns, turn("turn", 1, "voice"))
    await begin(turns, turn("turn", 1, "voice"))
    with pytest.raises(LostError):
        await turns.conclude_unheld(first.turn, Superseded())


async def test_an_entry_said_twice_over_a_lost_reply_is_there_once(
    turns: RedisTurns, redis: Redis
) -> None:
    run = await begin(turns, turn("turn", 1, "chat"))
    await turns.say(run, accepted(run))
    run.said = 0
    await turns.say(run, accepted(run))
    assert len(await feed_of(redis)) == 1


async def test_every_key_carries_the_sessions_tag_and_expires(
    turns: RedisTurns, redis: Redis
) -> None:
    await begin(turns, turn("older", 1, "voice"))
    run = await begin(turns, turn("newer", 2, "voice"))
    await turns.say(run, accepted(run))
    await turns.conclude(run, answer_of(run.turn))
    keys = cast("list[bytes]", await cast("Any", redis).keys("*"))
    assert len(keys) == 4
    for key in keys:
        assert key.endswith(b"{00}")
        assert await redis.pttl(key) > 0


async def test_the_last_four_answers_are_told_to_the_turns_after_them(turns: RedisTurns) -> None:
    for number in range(1, 6):
        run = await begin(turns, turn(f"turn {number}", number, "chat"))
        await turns.conclude(run, answered_by(run, f"Answer {number}.", abstained=number == 4))
    refusing = await begin(turns, turn("refused", 6, "chat"))
    await turns.conclude(refusing, answer_of(refusing.turn))
    told = await turns.earlier(turn("next", 7, "chat"))
    assert [one.answer for one in told] == ["Answer 2.", "Answer 3.", "", "Answer 5."]


async def test_an_earlier_turn_that_cannot_be_read_is_passed_over(
    turns: RedisTurns, redis: Redis
) -> None:
    run = await begin(turns, turn("one", 1, "chat"))
    await turns.conclude(run, answered_by(run, "Answer."))
    [key] = cast("list[bytes]", await cast("Any", redis).keys("told:*"))
    await cast("Any", redis).rpush(key, b"{not json", b'["of another version"]')
    told = await turns.earlier(turn("next", 2, "chat"))
    assert [one.answer for one in told] == ["Answer."]
