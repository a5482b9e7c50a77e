"""The session feed: followed from anywhere, each entry once, in order."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from contracts.feed import Draft, Replaced
from contracts.ids import SessionId, TurnId
from contracts.streams import feed_key
from runtime.cancellation import cancel_and_wait
from runtime.feed import QUEUE_SIZE, FeedGapError, FeedReader, FeedWriter
from runtime.ids import new_id
from runtime.telemetry import metrics
from support.bus import a_described

TURN = TurnId(new_id())


@asynccontextmanager
async def reading(url: str) -> AsyncGenerator[FeedReader]:
    reader = FeedReader(url)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(reader.run())
        try:
            yield reader
        finally:
            await cancel_and_wait([running])


def draft(text: str) -> Draft:
    return Draft(turn_id=TURN, run=1, attempt=1, text=text)


async def texts(
    reader: FeedReader, session: SessionId, count: int, after: str | None = None
) -> list[str]:
    """The texts of the next `count` drafts."""
    found: list[str] = []
    async with asyncio.timeout(5), aclosing(reader.follow(session, after=after)) as items:
        async for item in items:
            if isinstance(item.entry, Draft):
                found.append(item.entry.text)
            if len(found) == count:
                break
    return found


async def test_a_follower_gets_what_was_and_what_comes(redis: Redis, valkey_url: str) -> None:
    session, writer = SessionId(new_id()), FeedWriter(redis)
    await writer.write(session, draft("one"), draft("two"))
    async with reading(valkey_url) as reader, asyncio.TaskGroup() as tasks:
        follower = tasks.create_task(texts(reader, session, 4))
        late = tasks.create_task(texts(reader, SessionId(new_id()), 1))
        await writer.write(session, draft("three"))
        await writer.write(session, draft("four"))
        assert await follower == ["one", "two", "three", "four"]
        late.cancel()


async def test_a_client_that_comes_back_goes_on_after_its_last_entry(
    redis: Redis, valkey_url: str
) -> None:
    session, writer = SessionId(new_id()), FeedWriter(redis)
    _, second, _ = await writer.write(session, draft("one"), draft("two"), draft("three"))
    async with reading(valkey_url) as reader:
        assert await texts(reader, session, 1, after=second) == ["three"]


async def test_the_newest_entry_is_known_without_reading_the_rest(
    redis: Redis, valkey_url: str
) -> None:
    session, writer = SessionId(new_id()), FeedWriter(redis)
    async with reading(valkey_url) as reader:
        assert await reader.newest(session) is None
        *_, last = await writer.write(session, draft("one"), draft("two"))
        assert await reader.newest(session) == last


async def test_many_feeds_are_served_by_one_reader(redis: Redis, valkey_url: str) -> None:
    sessions = [SessionId(new_id()) for _ in range(20)]
    writer = FeedWriter(redis)
    async with reading(valkey_url) as reader, asyncio.TaskGroup() as tasks:
        followers = [tasks.create_task(texts(reader, session, 2)) for session in sessions]
        for text in ("a", "b"):
            for session in sessions:
                await writer.write(session, draft(text))
        assert [await follower for follower in followers] == [["a", "b"]] * 20


async def test_an_entry_with_the_same_fact_is_given_once(redis: Redis, valkey_url: str) -> None:
    session, writer = SessionId(new_id()), FeedWriter(redis)
    same = a_described()
    await writer.write(session, same, same, draft("end"))
    kinds: list[str] = []
    async with (
        reading(valkey_url) as reader,
        asyncio.timeout(5),
        aclosing(reader.follow(session)) as items,
    ):
        async for item in items:
            kinds.append(item.entry.kind)
            if item.entry.kind == "draft":
                break
    assert kinds == ["described", "draft"]


async def test_an_id_older_than_the_feed_needs_a_snapshot(redis: Redis, valkey_url: str) -> None:
    session, writer = SessionId(new_id()), FeedWriter(redis)
    first, second, third = await writer.write(session, draft("1"), draft("2"), draft("3"))
    await redis.xtrim(feed_key(str(session), 0), minid=third, approximate=False)
    async with reading(valkey_url) as reader:
        with pytest.raises(FeedGapError) as caught:
            await texts(reader, session, 1, after=first)
        assert caught.value.oldest == third
        assert await texts(reader, session, 1) == ["3"]
    assert second < third


async def test_a_slow_follower_misses_nothing(redis: Redis, valkey_url: str) -> None:
    session, writer = SessionId(new_id()), FeedWriter(redis)
    count = 3 * QUEUE_SIZE
    await writer.write(session, draft("first"))
    seen: list[str] = []
    async with (
        reading(valkey_url) as reader,
        asyncio.timeout(20),
        aclosing(reader.follow(session)) as items,
    ):
        assert (await anext(items)).entry == draft("first")
        for start in range(0, count, 64):
            await writer.write(session, *[draft(str(n)) for n in range(start, start + 64)])
        await writer.write(session, Replaced(turn_id=TURN, run=1, attempt=1))
        async for item in items:
            if not isinstance(item.entry, Draft):
                break
            seen.append(item.entry.text)
    assert seen == [str(n) for n in range(count)]


async def test_an_entry_that_cannot_be_read_is_passed_over_and_counted(
    redis: Redis, valkey_url: str
) -> None:
    def counted() -> float:
        return metrics.registry.get_sample_value("bad_rows_total", {"source": "feed entry"}) or 0

    session, writer, before = SessionId(new_id()), FeedWriter(redis), counted()
    key: str = feed_key(str(session), 0)
    async with reading(valkey_url) as reader, asyncio.TaskGroup() as tasks:
        await writer.write(session, draft("one"))
        follower = tasks.create_task(texts(reader, session, 2))
        for entry in ({b"e": b"{half"}, {b"other": b"field"}, {b"e": b'{"kind": "draft"}'}):
            await redis.xadd(key, entry)  # pyright: ignore[reportArgumentType] - its types are of one kind of bytes
        await redis.xadd(key, {b"e": b'{"kind": "of a newer version"}'})
        await writer.write(session, draft("two"))
        assert await follower == ["one", "two"]
    assert counted() == before + 3


async def test_a_feed_that_is_no_stream_ends_its_own_followers_only(
    redis: Redis, valkey_url: str
) -> None:
    broken, whole, writer = SessionId(new_id()), SessionId(new_id()), FeedWriter(redis)
    async with reading(valkey_url) as reader, asyncio.TaskGroup() as tasks:
        lost = tasks.create_task(asyncio.wait([asyncio.ensure_future(texts(reader, broken, 2))]))
        await writer.write(broken, draft("one"))
        follower = tasks.create_task(texts(reader, whole, 1))
        await redis.set(feed_key(str(broken), 0), "no stream")
        [ended], _ = await lost
        assert isinstance(ended.exception(), ResponseError)
        await writer.write(whole, draft("heard all the same"))
        assert await follower == ["heard all the same"]
