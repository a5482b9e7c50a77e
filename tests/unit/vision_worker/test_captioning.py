"""A frame's caption: by the tenant's policy, never at the cost of its text."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from contracts.errors import UnavailableError
from contracts.fact import Envelope, Fact
from contracts.feed import Described, FeedEntry
from contracts.ids import EventId, FrameId, TenantId
from contracts.media import Box, FrameKept
from contracts.tenants import DescribePolicy, TenantConfig, TenantState
from contracts.vision import FrameDescribed, ScreenLine
from runtime.blobs import Blob
from runtime.clock import SystemClock
from runtime.ids import new_id
from support.bus import a_frame
from support.eventually import eventually
from vision_worker.domain.reading import Reading
from vision_worker.handlers import Captioning, on_frame_kept
from vision_worker.handlers.captioning import AT_ONCE

CORNER = (Box(x=0, y=0, width=64, height=36),)


@dataclass
class StatedDelivery:
    """Keeps what was stated, and whether the slot was given back meanwhile."""

    facts: list[Fact] = field(default_factory=list[Fact])
    feed: list[FeedEntry] = field(default_factory=list[FeedEntry])
    stated_while_waiting: list[bool] = field(default_factory=list[bool])
    is_waiting: bool = False
    entry_id: str = "1-0"
    entered_at: datetime = datetime(2026, 11, 29, tzinfo=UTC)
    deadline: datetime | None = None
    noted_ms: int | None = None
    takeovers: int = 0

    def id_of(self, fact: Fact) -> EventId:
        return EventId(new_id())

    async def state(
        self, *facts: Fact, feed: Sequence[FeedEntry] = (), noted_ms: int | None = None
    ) -> None:
        self.facts += facts
        self.feed += feed
        self.stated_while_waiting.append(self.is_waiting)

    @asynccontextmanager
    async def waiting(self) -> AsyncGenerator[None]:
        self.is_waiting = True
        yield
        self.is_waiting = False


@dataclass
class FakeCaptions:
    """Tells the same of all frames, when it may."""

    told: str | None = "A red valve."
    asked: list[tuple[FrameId, str]] = field(default_factory=list[tuple[FrameId, str]])
    left: int = 0
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.may_end.set()

    async def caption(self, event: Envelope[FrameKept], picture: Blob, language: str) -> str | None:
        self.asked.append((event.data.frame_id, language))
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.left += 1
            raise
        return self.told


@dataclass
class OnePicture:
    named: set[str] = field(default_factory=set[str])
    is_down: bool = False

    async def get(self, key: str) -> Blob | None:
        return Blob(b"jpeg", "image/jpeg")

    async def is_named(self, key: str) -> bool:
        if self.is_down:
            raise UnavailableError("down")
        return key in self.named


@dataclass
class OneTenant:
    config: TenantConfig

    async def get(self, key: str) -> TenantState | None:
        acme = TenantId("acme")
        return TenantState(tenant_id=acme, name="Acme", tier="free", version=1, config=self.config)


class Worker:
    """Reads what it is told stands on the frames of one session."""

    def __init__(self, describe: DescribePolicy, language: str = "en") -> None:
        self.first = a_frame()
        self.captions, self.pictures = FakeCaptions(), OnePicture()
        tenants = OneTenant(TenantConfig(describe=describe, language=language))
        clock = SystemClock()
        self.captioning = Captioning(self.captions, tenants, self.pictures, clock)
        self.texts: tuple[str, ...] = ("Total $49",)

    async def read(self, event: Envelope[FrameKept], jpeg: bytes) -> Reading:
        box = Box(x=1, y=2, width=30, height=4)
        return Reading(tuple(ScreenLine(text=t, box=box, confidence=0.9) for t in self.texts))

    def frame(self, *changed: Box) -> Envelope[FrameKept]:
        data = {"frame_id": FrameId(new_id()), "changed": changed}
        told = self.first.data.model_copy(update=data)
        return self.first.model_copy(update={"id": new_id(), "data": told})

    async def describe(
        self, event: Envelope[FrameKept], delivery: StatedDelivery | None = None
    ) -> FrameDescribed:
        delivery = delivery or StatedDelivery()
        await on_frame_kept(
            event, delivery, pictures=self.pictures, ocr=self, captioning=self.captioning
        )
        (fact,), (entry,) = delivery.facts, delivery.feed
        assert isinstance(fact, FrameDescribed)
        assert isinstance(entry, Described)
        assert entry.caption == fact.caption
        assert [line.text for line in fact.lines] == list(self.texts)
        return fact

    async def captions_of(self, *screens: tuple[str, ...]) -> list[str | None]:
        told: list[str | None] = []
        for self.texts in screens:
            told.append((await self.describe(self.frame(*CORNER))).caption)
        return told


async def test_eager_has_each_frame_described_in_the_tenants_language() -> None:
    worker = Worker("eager", language="ja")
    assert await worker.captions_of(("a",), ("a",)) == ["A red valve."] * 2
    assert [language for _, language in worker.captions.asked] == ["ja", "ja"]


async def test_lazy_asks_nobody_ahead() -> None:
    worker = Worker("lazy")
    assert await worker.captions_of(("a",), ("b",)) == [None, None]
    assert worker.captions.asked == []


async def test_adaptive_describes_what_moved_since_the_last_described() -> None:
    worker = Worker("adaptive")
    told = await worker.captions_of(
        ("Plan", "$49"), ("Plan", "$49"), ("Road", "map"), ("Road", "map")
    )
    assert [caption is not None for caption in told] == [True, False, True, False]


async def test_what_was_not_described_when_it_should_be_is_tried_with_the_next_frame() -> None:
    worker = Worker("adaptive")
    worker.captions.told = None
    assert await worker.captions_of(("Plan",)) == [None]
    worker.captions.told = "A red valve."
    assert await worker.captions_of(("Plan",)) == ["A red valve."]


async def test_sessions_are_compared_with_themselves() -> None:
    worker = Worker("adaptive")
    await worker.captions_of(("Plan",))
    worker.first = a_frame()
    assert await worker.captions_of(("Plan",)) == ["A red valve."]


async def test_a_frame_that_a_turn_asks_about_goes_out_by_its_text_at_once() -> None:
    worker = Worker("eager")
    event = worker.frame()
    worker.pictures.named.add(event.data.picture.key)
    assert (await worker.describe(event)).caption is None
    assert worker.captions.asked == []


async def test_one_that_a_turn_asks_about_meanwhile_leaves_the_call() -> None:
    worker = Worker("eager")
    worker.captions.may_end.clear()
    event = worker.frame()
    async with asyncio.TaskGroup() as tasks:
        describing = tasks.create_task(worker.describe(event))
        await eventually(lambda: len(worker.captions.asked) == 1)
        worker.pictures.named.add(event.data.picture.key)
    assert describing.result().caption is None
    assert worker.captions.left == 1


async def test_a_store_that_does_not_say_who_is_named_keeps_no_caption_back() -> None:
    worker = Worker("eager")
    worker.pictures.is_down = True
    assert (await worker.describe(worker.frame())).caption == "A red valve."


async def test_more_frames_than_may_wait_are_not_late() -> None:
    worker = Worker("eager")
    worker.captions.may_end.clear()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(AT_ONCE):
            tasks.create_task(worker.describe(worker.frame()))
        await eventually(lambda: len(worker.captions.asked) == AT_ONCE)
        assert (await worker.describe(worker.frame())).caption is None
        worker.captions.may_end.set()


async def test_while_a_provider_describes_a_frame_its_slot_is_free_and_it_is_stated_there() -> None:
    worker, delivery = Worker("eager"), StatedDelivery()
    await worker.describe(worker.frame(), delivery)
    assert delivery.stated_while_waiting == [True]
    worker = Worker("lazy")
    delivery = StatedDelivery()
    await worker.describe(worker.frame(), delivery)
    assert delivery.stated_while_waiting == [False]


@pytest.mark.parametrize("describe", ["lazy", "adaptive", "eager"])
async def test_without_any_model_every_frame_has_its_text(describe: DescribePolicy) -> None:
    worker = Worker(describe)
    delivery = StatedDelivery()
    await on_frame_kept(worker.frame(), delivery, pictures=worker.pictures, ocr=worker)
    (fact,) = delivery.facts
    assert isinstance(fact, FrameDescribed)
    assert (fact.caption, len(fact.lines)) == (None, 1)
