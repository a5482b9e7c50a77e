from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from contracts.errors import RejectedError
from contracts.fact import Envelope, Fact
from contracts.feed import Described, FeedEntry
from contracts.ids import EventId, SessionId
from contracts.media import Box, FrameKept
from contracts.usage import UsageIncurred
from contracts.vision import FrameDescribed, PairBlock, ScreenCell, ScreenLine, ScreenStructure
from runtime.blobs import Blob
from runtime.bus import GivenUp
from runtime.clock import SystemClock
from runtime.ids import derive_id
from spending import Spending
from support.bus import a_frame
from support.open_accounts import OpenAccounts
from vision_worker.adapters.metered_ocr import MeteredOcr
from vision_worker.domain.layout.structure import structure_of
from vision_worker.domain.reading import Reading, SeenCell
from vision_worker.handlers import Arrange, on_frame_expired, on_frame_given_up, on_frame_kept
from vision_worker.ports import Image

LINES = (
    ScreenLine(text="Team  $49", box=Box(x=1, y=2, width=30, height=4), confidence=0.9),
    ScreenLine(text="Total  $98", box=Box(x=1, y=9, width=30, height=4), confidence=0.8),
)
CELLS = tuple(
    SeenCell(text=text, box=Box(x=x, y=y, width=30, height=4), confidence=0.9)
    for text, x, y in (("Team", 1, 2), ("$49", 60, 2), ("Total", 1, 9), ("$98", 60, 9))
)
READING = Reading(LINES, CELLS)


@dataclass
class FakePictures:
    stored: dict[str, bytes] = field(default_factory=dict[str, bytes])
    named: set[str] = field(default_factory=set[str])

    async def get(self, key: str) -> Blob | None:
        data = self.stored.get(key)
        return None if data is None else Blob(data, "image/jpeg")

    async def is_named(self, key: str) -> bool:
        return key in self.named


class FakeOcr:
    async def decode(self, jpeg: bytes, frame: FrameKept) -> Image:
        if jpeg == b"broken":
            raise RejectedError("no whole JPEG", code="broken_picture")
        return np.zeros((frame.height, frame.width, 3), np.uint8)

    async def read(self, image: Image) -> Reading:
        return READING


@dataclass
class FakeFeed:
    written: list[tuple[SessionId, FeedEntry]] = field(
        default_factory=list[tuple[SessionId, FeedEntry]]
    )

    async def write(self, session_id: SessionId, *entries: FeedEntry) -> Sequence[str]:
        self.written += [(session_id, entry) for entry in entries]
        return []


@dataclass
class FakeDelivery:
    """Keeps what was stated; ids are derived from the cause as the bus does."""

    cause: Envelope[FrameKept]
    facts: list[Fact] = field(default_factory=list[Fact])
    feed: list[FeedEntry] = field(default_factory=list[FeedEntry])
    entry_id: str = "1-0"
    entered_at: datetime = datetime(2026, 11, 21, tzinfo=UTC)
    deadline: datetime | None = None
    noted_ms: int | None = None
    takeovers: int = 0

    def id_of(self, fact: Fact) -> EventId:
        return EventId(derive_id(self.cause.id, fact.event_type, fact.key))

    async def state(
        self, *facts: Fact, feed: Sequence[FeedEntry] = (), noted_ms: int | None = None
    ) -> None:
        self.facts += facts
        self.feed += feed

    def waiting(self) -> AbstractAsyncContextManager[None]:
        raise NotImplementedError


@dataclass
class Worker:
    """A vision worker of fakes, holding one frame."""

    event: Envelope[FrameKept] = field(default_factory=a_frame)
    pictures: FakePictures = field(default_factory=FakePictures)
    feed: FakeFeed = field(default_factory=FakeFeed)
    accounts: OpenAccounts = field(default_factory=OpenAccounts)
    usage: list[UsageIncurred] = field(default_factory=list[UsageIncurred])

    @property
    def key(self) -> str:
        return self.event.data.picture.key

    async def publish(self, envelope: Envelope[Any]) -> None:
        self.usage.append(envelope.data)

    async def read(self, arrange: Arrange = structure_of) -> FakeDelivery:
        delivery = FakeDelivery(self.event)
        spending = Spending("vision-worker", self.accounts, self.publish, SystemClock())
        ocr = MeteredOcr(FakeOcr(), spending)
        returned = await on_frame_kept(
            self.event, delivery, pictures=self.pictures, ocr=ocr, arrange=arrange
        )
        assert returned == ()
        return delivery


async def test_a_frame_is_described_by_its_lines_in_fact_and_feed() -> None:
    worker = Worker()
    worker.pictures.stored[worker.key] = b"jpeg"
    delivery = await worker.read()
    (fact,) = delivery.facts
    assert isinstance(fact, FrameDescribed)
    assert fact.frame_id == worker.event.data.frame_id
    assert fact.lines == LINES
    (entry,) = delivery.feed
    assert entry == Described(
        event_id=delivery.id_of(fact),
        frame_id=fact.frame_id,
        shown_at_ms=0,
        lines=LINES,
        structure=fact.structure,
    )


async def test_a_frame_is_described_with_what_belongs_together_on_it() -> None:
    worker = Worker()
    worker.pictures.stored[worker.key] = b"jpeg"
    (fact,) = (await worker.read()).facts
    assert isinstance(fact, FrameDescribed)
    assert fact.structure is not None
    text = [cell.text for cell in fact.structure.cells]
    pairs = [block for block in fact.structure.blocks if isinstance(block, PairBlock)]
    assert [(text[one.label], [text[value] for value in one.values]) for one in pairs] == [
        ("Team", ["$49"]),
        ("Total", ["$98"]),
    ]


def broken(cells: Sequence[ScreenCell], size: tuple[int, int]) -> ScreenStructure:
    raise IndexError(f"no place for {cells[0].text} in {size}")


async def test_a_frame_whose_structure_cannot_be_made_is_described_by_its_lines(
    caplog: pytest.LogCaptureFixture,
) -> None:
    worker = Worker()
    worker.pictures.stored[worker.key] = b"jpeg"
    (fact,) = (await worker.read(broken)).facts
    assert isinstance(fact, FrameDescribed)
    assert (fact.lines, fact.structure) == (LINES, None)
    (record,) = caplog.records
    assert record.message == "frame.unstructured"
    assert record.exc_info is not None
    assert record.exc_info[0] is IndexError


async def test_without_a_policy_a_provider_may_see_the_frame_itself() -> None:
    worker = Worker()
    worker.pictures.stored[worker.key] = b"jpeg"
    (fact,) = (await worker.read()).facts
    assert isinstance(fact, FrameDescribed)
    assert fact.picture == worker.event.data.picture


async def test_reading_is_stated_as_usage_that_costs_nothing_once_however_often_delivered() -> None:
    worker = Worker()
    worker.pictures.stored[worker.key] = b"jpeg"
    await worker.read()
    await worker.read()
    assert [(one.kind, one.provider, one.quantity) for one in worker.usage] == [
        ("ocr", "local", 1),
        ("ocr", "local", 1),
    ]
    frame_key = worker.event.data.key
    assert {one.usage_id for one in worker.usage} == {
        derive_id(worker.event.id, "vision-worker", "ocr", frame_key)
    }
    assert {one.cost_usd for one in worker.usage} == {Decimal(0)}
    assert worker.accounts.held == set()


async def test_a_frame_whose_picture_expired_is_described_as_shed() -> None:
    worker = Worker()
    delivery = await worker.read()
    (fact,) = delivery.facts
    assert isinstance(fact, FrameDescribed)
    assert (fact.lines, fact.picture) == ((), None)
    (entry,) = delivery.feed
    assert isinstance(entry, Described)
    assert entry.shed
    assert worker.usage == []


async def test_a_broken_picture_is_rejected_and_holds_no_money() -> None:
    worker = Worker()
    worker.pictures.stored[worker.key] = b"broken"
    with pytest.raises(RejectedError) as raised:
        await worker.read()
    assert raised.value.code == "broken_picture"
    assert worker.accounts.held == set()


async def test_a_stale_frame_is_shed_and_the_feed_says_so_once() -> None:
    worker = Worker()
    for _ in range(2):
        facts = await on_frame_expired(worker.event, pictures=worker.pictures, feed=worker.feed)
        assert facts == ()
    (session, entry), again = worker.feed.written
    assert session == worker.event.session_id
    assert isinstance(entry, Described)
    assert entry.shed
    assert entry.frame_id == worker.event.data.frame_id
    assert again[1] == entry  # the same event id, so readers drop the repeat


async def test_a_stale_frame_that_a_turn_names_is_read_after_all() -> None:
    worker = Worker()
    worker.pictures.named.add(worker.key)
    assert (
        await on_frame_expired(worker.event, pictures=worker.pictures, feed=worker.feed)
    ) is None
    assert worker.feed.written == []


async def test_a_frame_that_was_given_up_is_no_silence() -> None:
    worker = Worker()
    facts = await on_frame_given_up(worker.event, GivenUp.REJECTED, feed=worker.feed)
    (fact,) = facts
    assert isinstance(fact, FrameDescribed)
    assert (fact.lines, fact.picture) == ((), None)
    ((_, entry),) = worker.feed.written
    assert isinstance(entry, Described)
    assert entry.shed


async def test_a_frame_without_a_session_has_no_feed_to_be_shed_in() -> None:
    worker = Worker()
    homeless = worker.event.model_copy(update={"session_id": None})
    with pytest.raises(RejectedError):
        await on_frame_expired(homeless, pictures=worker.pictures, feed=worker.feed)
