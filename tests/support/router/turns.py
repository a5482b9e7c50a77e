"""Turns, passages and frames for tests of the router."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid5

from redis.asyncio import Redis

from contracts.conversation import Channel, Screen, TurnTaken
from contracts.fact import Envelope, Fact
from contracts.feed import FEED_ENTRY, FeedEntry
from contracts.ids import DocumentId, EventId, FrameId, SessionId, TenantId, TurnId
from contracts.knowledge import Passage, PassagesFound
from contracts.media import Box
from contracts.streams import feed_key
from contracts.vision import FrameDescribed, ScreenLine

TENANT = TenantId("demo")
SESSION = SessionId(UUID("0199a000-0000-7000-8000-000000000001"))


def name(text: str) -> UUID:
    """The same UUID for the same text."""
    return uuid5(SESSION, text)


def a_turn(
    text: str = "What does the Team plan cost?",
    *,
    turn: str = "turn",
    channel: Channel = "chat",
    screen_at_ms: int | None = None,
    patient: bool = False,
) -> TurnTaken:
    screen = None
    if screen_at_ms is not None:
        screen = Screen(frame_id=frame_id(screen_at_ms), shown_at_ms=screen_at_ms)
    return TurnTaken(
        turn_id=TurnId(name(turn)),
        channel=channel,
        text=text,
        speaker="Ada",
        asked_at_ms=60_000,
        screen=screen,
        addressed_by="chat" if channel == "chat" else "always",
        patient=patient,
    )


def enveloped(fact: Fact, *, session: SessionId | None = SESSION) -> Envelope[Fact]:
    """The same id for the same fact."""
    return Envelope[type(fact)](
        id=EventId(name(f"{fact.event_type}/{fact.key}")),
        type=fact.event_type,
        tenant_id=TENANT,
        session_id=session,
        turn_id=fact.turn,
        occurred_at=datetime.now(UTC),  # noqa: TID251 - stands for the writer's clock
        data=fact,
    )


def a_passage(
    text: str,
    *,
    heading: str = "",
    header: str = "",
    document: str = "manual.pdf",
    page: int | None = 1,
) -> Passage:
    return Passage(
        document_id=DocumentId(name(document)),
        document=document,
        page=page,
        start=100,
        end=100 + len(text),
        text=text,
        heading=heading,
        header=header,
        score=1.0,
        found_by=("vector",),
    )


def found(*passages: Passage, turn: str = "turn") -> PassagesFound:
    return PassagesFound(turn_id=TurnId(name(turn)), passages=passages, took_ms=3)


def frame_id(shown_at_ms: int) -> FrameId:
    return FrameId(name(f"frame/{shown_at_ms}"))


def lines(*texts: str) -> tuple[ScreenLine, ...]:
    """Well apart, below each other."""
    return tuple(
        ScreenLine(
            text=text, box=Box(x=40, y=60 * at, width=10 * len(text) + 1, height=20), confidence=0.9
        )
        for at, text in enumerate(texts)
    )


def described(shown_at_ms: int, *texts: str) -> FrameDescribed:
    return FrameDescribed(
        frame_id=frame_id(shown_at_ms), shown_at_ms=shown_at_ms, lines=lines(*texts), picture=None
    )


@dataclass
class HeldDelivery:
    """A delivery in the hand of a test; implements `runtime.bus.Delivery`."""

    entry_id: str
    deadline: datetime | None = None
    noted_ms: int | None = None
    takeovers: int = 0
    gave_slot_back: int = 0
    stated: list[Fact] = field(default_factory=list[Fact])

    @property
    def entered_at(self) -> datetime:
        return datetime.fromtimestamp(int(self.entry_id.split("-")[0]) / 1000, UTC)

    def id_of(self, fact: Fact) -> EventId:
        return EventId(name(fact.event_type + fact.key))

    async def state(
        self, *facts: Fact, feed: Sequence[FeedEntry] = (), noted_ms: int | None = None
    ) -> None:
        self.stated.extend(facts)

    @asynccontextmanager
    async def waiting(self) -> AsyncGenerator[None]:
        self.gave_slot_back += 1
        yield


def entry(at: datetime, number: int = 0, *, before: timedelta = timedelta(0)) -> str:
    """The id that an entry written then would have."""
    return f"{int((at - before).timestamp() * 1000)}-{number}"


async def feed_of(redis: Redis) -> list[FeedEntry]:
    """What the session's clients have seen."""
    # Cast: redis-py types replies for both of its clients at once.
    rows = cast("Any", await redis.xrange(feed_key(str(SESSION), 0)))
    return [FEED_ENTRY.validate_json(fields[b"e"]) for _, fields in rows]
