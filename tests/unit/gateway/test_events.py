import asyncio
from collections.abc import AsyncGenerator
from uuid import UUID

from contracts.errors import UnavailableError
from contracts.feed import Draft
from contracts.http import Snapshot
from contracts.ids import SessionId, TurnId
from gateway.api.sse.stream import feed_events, format_entry, with_ticks
from gateway.domain.session_history import SessionHistory, SessionRow
from gateway.domain.session_view import snapshot_of
from runtime.feed import FeedGapError, FeedItem
from support.gateway.meetings import NOON

SESSION = SessionId(UUID(int=3))


def item(entry_id: str, text: str = "a") -> FeedItem:
    draft = Draft(turn_id=TurnId(UUID(int=7)), run=1, attempt=1, text=text)
    return FeedItem(entry_id, draft)


class ScriptedFeeds:
    """Gives what the script says for each `after`; raises what is an error."""

    def __init__(self, script: dict[str | None, list[FeedItem | Exception]]) -> None:
        self._script = script

    async def follow(self, session_id: SessionId, *, after: str | None) -> AsyncGenerator[FeedItem]:
        for one in self._script[after]:
            if isinstance(one, Exception):
                raise one
            yield one


async def snapshot() -> Snapshot:
    return snapshot_of(SessionHistory(SessionRow(SESSION, "weekly", NOON), ()))


async def names(feeds: ScriptedFeeds, after: str | None) -> list[str]:
    """The id, or the name where there is none, of each event."""
    chunks = [chunk.decode() async for chunk in feed_events(feeds, SESSION, after, snapshot)]
    return [_name(chunk.splitlines()) for chunk in chunks]


def _name(lines: list[str]) -> str:
    fields = {name: value for name, _, value in (line.partition(": ") for line in lines)}
    return fields.get("id", fields["event"])


def test_an_entry_is_one_event_with_its_id_whatever_its_text_holds() -> None:
    lines = format_entry(item("5-1", "one\ntwo\r\n\u2028three")).decode().split("\n")
    assert [line.partition(":")[0] for line in lines] == ["event", "data", "id", "", ""]
    assert lines[2] == "id: 5-1"


async def test_without_a_gap_there_is_no_snapshot() -> None:
    assert await names(ScriptedFeeds({"4-0": [item("5-1"), item("5-2")]}), "4-0") == ["5-1", "5-2"]


async def test_after_a_gap_the_snapshot_comes_first_then_all_that_is_left() -> None:
    feeds = ScriptedFeeds({"4-0": [FeedGapError("9-0")], None: [item("9-0"), item("9-1")]})
    assert await names(feeds, "4-0") == ["snapshot", "9-0", "9-1"]


async def test_a_feed_that_cannot_be_reached_ends_the_stream_quietly() -> None:
    feeds = ScriptedFeeds({None: [item("5-1"), UnavailableError("Redis is away")]})
    assert await names(feeds, None) == ["5-1"]


async def test_silence_is_told_and_loses_nothing() -> None:
    gate = asyncio.Event()

    async def source() -> AsyncGenerator[int]:
        yield 1
        await gate.wait()
        yield 2

    heard: list[int | None] = []
    async for one in with_ticks(source(), 0.01):
        heard.append(one)
        if heard.count(None) == 2:
            gate.set()
    assert [one for one in heard if one is not None] == [1, 2]
    assert heard.count(None) >= 2
