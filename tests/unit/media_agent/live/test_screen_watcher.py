"""What is kept of a screen shared in a meeting, and which frame a question is about."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import numpy as np

from contracts.errors import UnavailableError
from contracts.fact import Envelope
from contracts.feed import FeedEntry, Framed
from contracts.ids import SessionId, TenantId
from contracts.media import BlobRef, FrameKept, FramesSampled
from contracts.rooms import Dispatch
from media_agent.domain.gate.frame_sampler import FrameRates, FrameSampler
from media_agent.domain.gate.frames import Frame, GateDecision, Picture
from media_agent.domain.gate.gates import new_gate, rates_of
from media_agent.domain.gate.tile_gate import TileGate
from media_agent.live.outbox import LiveOutbox
from media_agent.live.screen.screen_watcher import ScreenWatcherDeps, SharedScreenWatcher
from runtime.blobs import BLOB_LIFETIME_S
from support.eventually import eventually

SESSION = SessionId(UUID("0199a000-0000-7000-8000-000000000001"))
OPENED = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class HandClock:
    """Moved by the test."""

    at_ms: int = 0

    def now(self) -> datetime:
        return OPENED + timedelta(milliseconds=self.at_ms)

    def monotonic(self) -> float:
        return self.at_ms / 1000

    async def sleep(self, seconds: float) -> None:
        until_ms = self.at_ms + seconds * 1000
        await eventually(lambda: self.at_ms >= until_ms, timeout_s=60)


@dataclass
class FakePictures:
    away: bool = False
    puts: list[bytes] = field(default_factory=list[bytes])
    named: list[str] = field(default_factory=list[str])

    async def put(
        self, data: bytes, *, media_type: str, tenant_id: TenantId, session_id: SessionId
    ) -> BlobRef:
        self._answer()
        self.puts.append(data)
        digest = sha256(data).hexdigest()
        return BlobRef(key=digest, media_type=media_type, size_bytes=len(data), sha256=digest)

    async def name(self, key: str) -> None:
        self._answer()
        self.named.append(key)

    def _answer(self) -> None:
        if self.away:
            raise UnavailableError("away")


class CountingGate(TileGate):
    """The real gate; says how many frames it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.looked = 0
        self.breaks = False

    def look(self, frame: Frame) -> GateDecision | None:
        if self.breaks:
            raise ZeroDivisionError
        self.looked += 1
        return super().look(frame)


@dataclass
class Meeting:
    """A watcher with everything around it; frames are shown one by one, and looked at in turn."""

    watcher: SharedScreenWatcher
    clock: HandClock
    pictures: FakePictures
    gate: CountingGate
    facts: list[Envelope[Any]]
    feed: list[FeedEntry]
    tasks: asyncio.TaskGroup
    shown: "asyncio.Queue[Frame | None]" = field(default_factory=asyncio.Queue[Frame | None])

    def share(self, sharer: str = "ann") -> asyncio.Task[None]:
        return self.tasks.create_task(self.watcher.share(self._frames(), sharer))

    async def show(self, *marks: int, for_ms: int = 100, fps: int = 10) -> None:
        """The screen has these marks, for so long."""
        for _ in range(for_ms * fps // 1000):
            self.shown.put_nowait(frame(self.clock.at_ms, *marks))
            await self.shown.join()
            self.clock.at_ms += 1000 // fps

    async def kept(self, count: int) -> list[FrameKept]:
        """All kept frames, once there are so many."""
        await eventually(lambda: len(self.kept_frames()), equals=count)
        return self.kept_frames()

    def kept_frames(self) -> list[FrameKept]:
        return [one.data for one in self.facts if isinstance(one.data, FrameKept)]

    def sampled(self) -> list[FramesSampled]:
        return [one.data for one in self.facts if isinstance(one.data, FramesSampled)]

    async def _frames(self) -> AsyncIterator[Frame]:
        while (one := await self.shown.get()) is not None:
            yield one
            self.shown.task_done()
        self.shown.task_done()


def frame(t_ms: int, *marks: int) -> Frame:
    """A grey screen with black marks in these places, 0-8."""
    y = np.full((96, 160), 200, np.uint8)
    for mark in marks:
        y[40:56, 16 * mark : 16 * mark + 16] = 20
    grey = np.full((48, 80), 128, np.uint8)
    return Frame(t_ms, y, grey, grey, full_range=False)


def picture_of(shown: Frame) -> bytes:
    return shown.y.tobytes()


@asynccontextmanager
async def meeting(pictures: FakePictures | None = None) -> AsyncGenerator[Meeting]:
    clock, pictures, gate = HandClock(), pictures or FakePictures(), CountingGate()
    facts, feed = list[Envelope[Any]](), list[FeedEntry]()

    async def publish(*envelopes: Envelope[Any]) -> None:
        facts.extend(envelopes)

    async def tell(_: SessionId, /, *entries: FeedEntry) -> None:
        feed.extend(entries)

    dispatch = Dispatch(
        tenant_id=TenantId("acme"),
        session_id=SESSION,
        room="tenant_acme_standup",
        opened_at=OPENED,
        title="Standup",
    )
    outbox = LiveOutbox(dispatch, publish=publish, tell=tell, clock=clock)
    deps = ScreenWatcherDeps(lambda: gate, picture_of, FrameRates())
    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(outbox.run())
        async with SharedScreenWatcher(outbox, pictures, deps, clock) as watcher:
            one = Meeting(watcher, clock, pictures, gate, facts, feed, tasks)
            yield one
            one.shown.put_nowait(None)
        assert await outbox.settled(timeout_s=5)
        writing.cancel()


async def test_what_is_new_on_the_screen_is_stored_stated_and_shown_on_the_feed() -> None:
    async with meeting() as one:
        one.share()
        await one.show(for_ms=2_000)
        await one.show(3, for_ms=2_000)
        first, second = await one.kept(2)
    assert [first.reason, second.reason] == ["first", "changed"]
    assert second.previous_frame_id == first.frame_id
    assert 2_000 <= second.shown_at_ms <= 3_000
    assert second.picture.sha256 == sha256(one.pictures.puts[1]).hexdigest()
    entries = [entry for entry in one.feed if isinstance(entry, Framed)]
    assert [entry.frame for entry in entries] == [first, second]
    assert [entry.event_id for entry in entries] == [fact.id for fact in one.facts[:2]]


async def test_a_still_screen_is_looked_at_five_times_a_second_and_thirty_while_one_speaks() -> (
    None
):
    async with meeting() as one:
        one.share()
        await one.show(for_ms=4_000, fps=30)
        idle = one.gate.looked
        one.watcher.speaking(True)
        await one.show(for_ms=4_000, fps=30)
        speaking = one.gate.looked - idle
    assert idle <= 4 * 5 + 1
    assert speaking >= 110


async def test_while_something_moves_it_is_looked_at_thirty_times_a_second() -> None:
    async with meeting() as one:
        one.share()
        await one.show(for_ms=1_000, fps=30)
        before = one.gate.looked
        for n in range(60):
            await one.show(n % 9, for_ms=34, fps=30)
    assert one.gate.looked - before >= 50


async def test_a_question_about_what_is_shown_names_the_frame_that_was_kept_already() -> None:
    async with meeting() as one:
        one.share()
        one.watcher.speaking(True)
        await one.show(2, for_ms=2_000)
        one.watcher.speaking(False)
        screen = await one.watcher.screen(one.clock.at_ms - 100)
        [kept] = await one.kept(1)
    assert screen is not None
    assert (screen.frame_id, screen.shown_at_ms) == (kept.frame_id, kept.shown_at_ms)
    assert one.pictures.named == [kept.picture.key]


async def test_a_question_about_what_just_changed_keeps_it_and_names_it_before_it_is_stated() -> (
    None
):
    async with meeting() as one:
        one.share()
        await one.show(for_ms=2_000)
        one.watcher.speaking(True)
        await one.show(4, for_ms=100)
        one.watcher.speaking(False)
        screen = await one.watcher.screen(one.clock.at_ms)
        _, asked = await one.kept(2)
    assert asked.reason == "asked"
    assert screen is not None
    assert screen.frame_id == asked.frame_id
    assert one.pictures.named[0] == asked.picture.key


async def test_a_question_is_about_the_screen_at_its_end_though_another_is_shown_by_now() -> None:
    async with meeting() as one:
        one.share()
        await one.show(1, for_ms=2_000)
        one.watcher.speaking(True)
        await one.show(1, for_ms=1_000)
        ended_ms = one.clock.at_ms
        one.watcher.speaking(False)
        await one.show(5, 6, for_ms=2_000)  # its words are still being recognised
        first, second = await one.kept(2)
        screen = await one.watcher.screen(ended_ms)
        assert screen is not None
        assert screen.frame_id == first.frame_id
        now = await one.watcher.screen(one.clock.at_ms)
        assert now is not None
        assert now.frame_id == second.frame_id


async def test_without_a_share_no_question_is_about_a_screen() -> None:
    async with meeting() as one:
        assert await one.watcher.screen(0) is None
        sharing = one.share()
        await one.show(1, for_ms=500)
        assert one.watcher.sharer == "ann"
        sharing.cancel()
        await asyncio.wait([sharing])
        assert one.watcher.sharer is None
        assert await one.watcher.screen(one.clock.at_ms) is None
        await one.kept(1)


async def test_a_new_share_is_not_asked_about_by_what_the_old_one_showed() -> None:
    async with meeting() as one:
        sharing = one.share("ann")
        await one.show(1, for_ms=1_000)
        sharing.cancel()
        await asyncio.wait([sharing])
        one.share("ben")
        await eventually(lambda: one.watcher.sharer, equals="ben")
        assert await one.watcher.screen(one.clock.at_ms) is None
        await one.show(1, for_ms=1_000)  # the same document
        screen = await one.watcher.screen(one.clock.at_ms)
        [kept] = await one.kept(1)
    assert screen is not None
    assert screen.frame_id == kept.frame_id


async def test_while_the_store_is_away_the_newest_frames_wait_and_the_meeting_goes_on() -> None:
    async with meeting(FakePictures(away=True)) as one:
        one.share()
        for mark in range(6):
            await one.show(mark, for_ms=1_500)
        assert await one.watcher.screen(one.clock.at_ms) is None
        assert one.facts == []
        one.pictures.away = False
        one.clock.at_ms += 2_000
        back_ms = one.clock.at_ms
        await one.show(7, for_ms=1_500)
    kept = one.kept_frames()
    waited = [frame.shown_at_ms // 1_500 for frame in kept if frame.shown_at_ms < back_ms]
    assert waited[-3:] == [3, 4, 5]
    assert kept[-1].shown_at_ms >= back_ms
    assert kept[-1].previous_frame_id == kept[-2].frame_id
    assert len(kept) < 7


async def test_how_many_were_seen_and_kept_is_stated_every_ten_seconds_and_at_the_end() -> None:
    async with meeting() as one:
        one.share()
        await one.show(for_ms=10_000)
        await eventually(lambda: len(one.sampled()), equals=1)
        await one.show(2, for_ms=4_000)
    first, last = one.sampled()
    assert (first.from_ms, first.kept, first.by_reason) == (0, 1, {"first": 1})
    assert last.from_ms == first.to_ms
    assert (first.seen, last.seen) == (100, 40)
    assert last.by_reason == {"changed": 1}


async def test_no_two_frames_have_the_same_time_though_the_clock_is_set_back() -> None:
    async with meeting() as one:
        one.share()
        await one.show(for_ms=3_000)
        for mark in range(1, 4):
            one.clock.at_ms -= 250
            await one.show(mark, for_ms=500)
            await one.watcher.screen(one.clock.at_ms)
        kept = await one.kept(4)
    assert len({frame.frame_id for frame in kept}) == 4
    times = [frame.shown_at_ms for frame in kept]
    assert times == sorted(set(times))


async def test_a_page_that_is_shown_for_long_still_has_its_picture_when_it_is_asked_about() -> None:
    async with meeting() as one:
        one.share()
        await one.show(1, for_ms=500)
        [kept] = await one.kept(1)
        one.clock.at_ms += int(BLOB_LIFETIME_S * 1000) + 1
        await one.show(1, for_ms=100)
        screen = await one.watcher.screen(one.clock.at_ms)
    assert screen is not None
    assert screen.frame_id == kept.frame_id
    assert one.pictures.puts == [one.pictures.puts[0]] * 2


async def test_a_policy_of_old_is_shown_one_frame_a_second_and_so_keeps_no_more() -> None:
    sampler = FrameSampler(new_gate("rate"), rates_of("rate", busy=30, idle=5))
    frames = [frame(1000 * n // 30) for n in range(300)]
    kept = [sampler.see(Picture(one.t_ms, lambda one=one: one), speaking=True) for one in frames]
    assert len([one for one in kept if one is not None]) == 10


async def test_a_screen_that_breaks_the_gate_is_let_go_and_the_meeting_goes_on() -> None:
    async with meeting() as one:
        one.gate.breaks = True
        sharing = one.share()
        one.shown.put_nowait(frame(0, 1))
        await sharing
        one.shown.task_done()
        assert one.watcher.sharer is None
        assert await one.watcher.screen(100) is None
        one.gate.breaks = False
        one.share("bob")
        await one.show(2, for_ms=500)
        assert one.watcher.sharer == "bob"
        await one.kept(1)
