"""Screens shared in a real room, over real WebRTC: what is kept of them, and what is not sent."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count, pairwise
from statistics import median
from typing import Any

import cv2
import numpy as np
import simplejpeg  # pyright: ignore[reportMissingTypeStubs]  # typed, but not marked as such
from livekit import rtc
from redis.asyncio import Redis

from cli.bench.meeting.participant import Participant, in_room
from contracts.fact import Envelope
from contracts.feed import FeedEntry
from contracts.ids import SessionId, TenantId
from contracts.media import FrameKept, FramesSampled
from contracts.rooms import Dispatch
from local_models.screen_text import ScreenText
from media_agent.adapters.livekit.screen_share import ScreenShares
from media_agent.adapters.video.jpeg import to_jpeg
from media_agent.domain.gate.frames import Frame, Gate, GateDecision, GateMode
from media_agent.domain.gate.gates import new_gate, rates_of
from media_agent.live.outbox import LiveOutbox
from media_agent.live.screen.screen_watcher import ScreenWatcherDeps, SharedScreenWatcher
from runtime.blobs import RedisBlobs
from runtime.clock import SystemClock
from runtime.ids import new_id
from support.eventually import eventually
from support.livekit.server import PrivateLiveKit
from support.media.screens import Page, Rgb, draw_page

ROOMS = count()
PAGES = 16


class Shown:
    """A gate that tells how often it was shown a frame, and of which sizes."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self.looked_ms: list[int] = []
        self.sizes: set[tuple[int, int]] = set()

    @property
    def has_motion(self) -> bool:
        return self._gate.has_motion

    @property
    def shows_more(self) -> bool:
        return self._gate.shows_more

    def look(self, frame: Frame) -> GateDecision | None:
        self.looked_ms.append(frame.t_ms)
        self.sizes.add((frame.width, frame.height))
        return self._gate.look(frame)

    def keep_for_question(self, frame: Frame) -> GateDecision | None:
        return self._gate.keep_for_question(frame)

    def save(self, saves: bool) -> None:
        self._gate.save(saves)


@dataclass
class Agent:
    """A participant that watches what is shared."""

    room: rtc.Room
    shares: ScreenShares
    watcher: SharedScreenWatcher
    outbox: LiveOutbox
    gate: Shown
    facts: list[Envelope[Any]]
    blobs: RedisBlobs

    @property
    def kept(self) -> list[FrameKept]:
        return [one.data for one in self.facts if isinstance(one.data, FrameKept)]

    async def jpeg(self, kept: FrameKept) -> bytes:
        blob = await self.blobs.get(kept.picture.key)
        assert blob is not None
        return blob.data

    async def received_bytes(self) -> int:
        """Of video, as the agent's own WebRTC counts it."""
        stats = await self.room.get_rtc_stats()
        return sum(
            one.inbound_rtp.inbound.bytes_received
            for one in (*stats.publisher_stats, *stats.subscriber_stats)
            if one.HasField("inbound_rtp") and one.inbound_rtp.stream.kind == "video"
        )


@asynccontextmanager
async def meeting(
    livekit: PrivateLiveKit, redis: Redis, *people: str, mode: GateMode = "tiles"
) -> AsyncGenerator[tuple[Agent, *tuple[Participant, ...]]]:
    """A room with an agent that watches, and people."""
    room = f"screen-{next(ROOMS)}"
    async with (
        in_room(livekit.url, livekit.token(room, "agent", agent=True)) as joined,
        watching(joined.room, redis, mode) as agent,
        _all_of(livekit, room, people) as persons,
    ):
        yield (agent, *persons)


@asynccontextmanager
async def _all_of(
    livekit: PrivateLiveKit, room: str, names: tuple[str, ...]
) -> AsyncGenerator[tuple[Participant, ...]]:
    if not names:
        yield ()
        return
    async with (
        in_room(livekit.url, livekit.token(room, names[0])) as person,
        _all_of(livekit, room, names[1:]) as others,
    ):
        yield (person, *others)


@asynccontextmanager
async def watching(room: rtc.Room, redis: Redis, mode: GateMode) -> AsyncGenerator[Agent]:
    """Everything that the agent sees with, on a real store."""
    clock, facts = SystemClock(), list[Envelope[Any]]()
    gate, blobs = Shown(new_gate(mode)), RedisBlobs(redis)

    async def publish(*envelopes: Envelope[Any]) -> None:
        facts.extend(envelopes)

    async def tell(_: SessionId, /, *entries: FeedEntry) -> None:
        assert entries

    dispatch = Dispatch(
        tenant_id=TenantId("acme"),
        session_id=SessionId(new_id()),
        room="tenant_acme_screen",
        opened_at=clock.now(),
        title="Screen",
    )
    outbox = LiveOutbox(dispatch, publish=publish, tell=tell, clock=clock)
    deps = ScreenWatcherDeps(lambda: gate, to_jpeg, rates_of(mode, busy=30, idle=5))
    shares = ScreenShares(room, outbox.now_ms)
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(outbox.run())]
        async with SharedScreenWatcher(outbox, blobs, deps, clock) as watcher:
            running.append(tasks.create_task(shares.run(watcher.share)))
            yield Agent(room, shares, watcher, outbox, gate, facts, blobs)
            running.pop().cancel()
        assert await outbox.settled(timeout_s=10)
        running.pop().cancel()


def turning(every: int) -> Callable[[int], Rgb]:
    """Pages that turn every so many pictures; drawn before, so that nothing waits for it."""
    pages = [draw_page(Page(slide=slide), 960, 540) for slide in range(PAGES)]
    return lambda number: pages[number // every % PAGES]


def a_second(kept: list[FrameKept]) -> float:
    """Frames kept a second: by the median gap, which a moment without a processor does not move."""
    return 1_000 / median(later.shown_at_ms - one.shown_at_ms for one, later in pairwise(kept))


async def test_of_pages_that_turn_each_second_one_a_second_is_kept_and_its_words_can_be_read(
    livekit: PrivateLiveKit, redis: Redis
) -> None:
    async with meeting(livekit, redis, "ann") as (agent, ann):
        await ann.share(turning(every=10), fps=10)
        await eventually(lambda: len(agent.kept) >= 8, timeout_s=60)
        kept = agent.kept[1:8]  # the first waits for the connection, not for a page
        jpeg = await agent.jpeg(kept[-1])
    assert 0.9 <= a_second(kept) <= 1.1, [frame.shown_at_ms for frame in kept]
    picture = simplejpeg.decode_jpeg(jpeg, "RGB")
    read = " ".join(line.text for line in ScreenText().read(picture))
    part = int(read.partition("Quarterly plan, part ")[2].split()[0]) - 1
    assert part in range(5, PAGES)
    wanted = {f"Plan {letter} of part {part}" for letter in "ABCDE"} | {"Send me a copy"}
    assert {words for words in wanted if words not in read} == set()


async def test_of_a_screen_that_always_moves_one_a_second_is_looked_at_by_the_clock(
    livekit: PrivateLiveKit, redis: Redis
) -> None:
    async with meeting(livekit, redis, "ann", mode="rate") as (agent, ann):
        await ann.share(turning(every=1), fps=10)
        await eventually(lambda: len(agent.kept) >= 13, timeout_s=60)
    assert 0.9 <= a_second(agent.kept) <= 1.1


async def test_no_more_than_one_a_second_is_kept_of_a_screen_that_always_moves(
    livekit: PrivateLiveKit, redis: Redis
) -> None:
    async with meeting(livekit, redis, "ann") as (agent, ann):
        agent.watcher.speaking(True)
        await ann.share(turning(every=1), fps=10)
        await eventually(lambda: agent.kept and span_ms(agent.gate) > 12_000, timeout_s=60)
    times = [frame.shown_at_ms for frame in agent.kept]
    assert all(later - earlier >= 1_000 for earlier, later in pairwise(times))
    assert 2 <= len(times) <= 13


def span_ms(gate: Shown) -> int:
    return gate.looked_ms[-1] - gate.looked_ms[0] if gate.looked_ms else 0


async def test_a_still_screen_is_looked_at_five_times_a_second_at_most_and_kept_once(
    livekit: PrivateLiveKit, redis: Redis
) -> None:
    page = draw_page(Page(), 960, 540)
    async with meeting(livekit, redis, "ann") as (agent, ann):
        await ann.share(lambda _: page, fps=10)
        await eventually(lambda: span_ms(agent.gate) > 3_000, timeout_s=60)
        settled_ms = agent.gate.looked_ms[-1]
        await eventually(lambda: agent.gate.looked_ms[-1] > settled_ms + 6_000, timeout_s=60)
    looked = [t for t in agent.gate.looked_ms if settled_ms < t <= settled_ms + 6_000]
    assert len(looked) <= 31
    # At first the encoder sharpens what it sent coarsely: that may be kept once more.
    assert len(agent.kept) <= 2
    sampled = [one.data for one in agent.facts if isinstance(one.data, FramesSampled)]
    assert sum(one.kept for one in sampled) == len(agent.kept)
    assert sum(one.seen for one in sampled) >= len(agent.gate.looked_ms)


async def test_white_is_white_in_what_is_kept_not_the_grey_of_limited_range(
    livekit: PrivateLiveKit, redis: Redis
) -> None:
    page = np.full((540, 960, 3), 255, np.uint8)
    page[:270] = 0
    async with meeting(livekit, redis, "ann") as (agent, ann):
        await ann.share(lambda _: page, fps=5)
        kept = await eventually(lambda: agent.kept, timeout_s=30)
        got = simplejpeg.decode_jpeg(await agent.jpeg(kept[0]), "RGB")
    assert got[400:].mean() > 250
    assert got[:200].mean() < 5


async def test_the_newest_share_is_watched_and_the_one_before_again_when_it_ends(
    livekit: PrivateLiveKit, redis: Redis
) -> None:
    dark, light = draw_page(Page(slide=1), 960, 540), draw_page(Page(dialog=True), 640, 360)
    async with meeting(livekit, redis, "ann", "ben") as (agent, ann, ben):
        await ann.share(lambda _: dark, fps=5)
        await eventually(lambda: agent.watcher.sharer, equals="ann", timeout_s=20)
        await eventually(lambda: agent.gate.sizes, equals={(960, 540)}, timeout_s=20)
        await ben.share(lambda _: light, fps=5)
        await eventually(lambda: agent.watcher.sharer, equals="ben", timeout_s=20)
        await eventually(lambda: (640, 360) in agent.gate.sizes, timeout_s=20)
        await eventually(lambda: agent.kept[-1].width, equals=640, timeout_s=20)
        screen = await agent.watcher.screen(agent.outbox.now_ms())
        assert screen is not None
        await ben.stop_sharing()
        await eventually(lambda: agent.watcher.sharer, equals="ann", timeout_s=20)
        await eventually(lambda: agent.kept[-1].width, equals=960, timeout_s=20)
        await ann.stop_sharing()
        await eventually(lambda: agent.watcher.sharer, equals=None, timeout_s=20)
        assert await agent.watcher.screen(agent.outbox.now_ms()) is None


async def test_a_share_may_change_its_size_and_pause(livekit: PrivateLiveKit, redis: Redis) -> None:
    page = draw_page(Page(), 960, 540)
    now = [page]
    async with meeting(livekit, redis, "ann") as (agent, ann):
        await ann.share(lambda _: now[0], fps=5)
        await eventually(lambda: (960, 540) in agent.gate.sizes, timeout_s=20)
        now[0] = np.asarray(cv2.resize(page, (640, 360)), np.uint8)
        await eventually(lambda: (640, 360) in agent.gate.sizes, timeout_s=20)
        await eventually(lambda: agent.kept[-1].height, equals=360, timeout_s=20)
        [screen] = ann.room.local_participant.track_publications.values()
        assert isinstance(screen.track, rtc.LocalVideoTrack)
        screen.track.mute()
        await eventually(lambda: agent.watcher.sharer, equals=None, timeout_s=20)
        screen.track.unmute()
        await eventually(lambda: agent.watcher.sharer, equals="ann", timeout_s=20)


async def test_whoever_leaves_takes_the_screen_along(livekit: PrivateLiveKit, redis: Redis) -> None:
    page = draw_page(Page(), 640, 360)
    async with meeting(livekit, redis) as (agent,):
        async with in_room(livekit.url, livekit.token(agent.room.name, "ann")) as ann:
            await ann.share(lambda _: page, fps=5)
            await eventually(lambda: agent.watcher.sharer, equals="ann", timeout_s=20)
        await eventually(lambda: agent.watcher.sharer, equals=None, timeout_s=20)


async def test_where_the_tenant_wants_no_vision_no_screen_is_sent_to_the_agent(
    livekit: PrivateLiveKit, redis: Redis
) -> None:
    pages, painted = turning(every=1), list[int]()

    def paint(number: int) -> Rgb:
        painted.append(number)
        return pages(number)

    async with meeting(livekit, redis, "ann") as (agent, ann):
        await ann.share(paint, fps=10)
        await eventually(agent.received_bytes, timeout_s=20)
        agent.shares.see(False)
        await eventually(lambda: agent.watcher.sharer, equals=None, timeout_s=5)
        await eventually(lambda: not screens_of(agent, "ann"), timeout_s=5)
        received, looked = await agent.received_bytes(), len(agent.gate.looked_ms)
        painted.clear()
        await eventually(lambda: len(painted) > 30, timeout_s=30)
        assert await agent.received_bytes() <= received
        await ann.share(paint, fps=10)  # one that begins only now
        painted.clear()
        await eventually(lambda: len(painted) > 30, timeout_s=30)
        assert screens_of(agent, "ann") == []
        assert len(agent.gate.looked_ms) == looked
        agent.shares.see(True)
        await eventually(lambda: agent.watcher.sharer, equals="ann", timeout_s=10)
        await eventually(lambda: len(agent.gate.looked_ms) > looked, timeout_s=10)


def screens_of(agent: Agent, identity: str) -> list[rtc.RemoteTrackPublication]:
    """What the agent is subscribed to."""
    publications = agent.room.remote_participants[identity].track_publications.values()
    return [one for one in publications if one.subscribed or one.track is not None]


async def test_after_the_server_crashed_the_screen_is_watched_again(
    livekit: PrivateLiveKit, redis: Redis
) -> None:
    async with meeting(livekit, redis, "ann") as (agent, ann):
        await ann.share(turning(every=10), fps=10)
        await eventually(lambda: agent.kept, timeout_s=20)
        livekit.kill()
        livekit.start_again()
        back_ms = agent.outbox.now_ms()
        await eventually(lambda: agent.kept[-1].shown_at_ms > back_ms, timeout_s=60)
        assert agent.watcher.sharer == "ann"
