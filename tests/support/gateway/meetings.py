"""Facts of a short meeting, as the gateway hears them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.conversation import AnswerCompleted, AnswerRefused, Channel, TurnTaken
from contracts.fact import Envelope, Fact
from contracts.ids import EventId, FrameId, SessionId, TenantId, TurnId
from contracts.media import (
    BlobRef,
    FrameKept,
    FramesSampled,
    MeetingEnded,
    MeetingStarted,
    UtteranceHeard,
)
from runtime.bus.envelopes import envelope_class
from runtime.ids import derive_id, new_id

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def told(*facts: Fact, tenant: str, session: UUID, at: datetime = NOON) -> Sequence[Envelope[Any]]:
    """Each in an envelope of its own, a second apart."""
    return [
        envelope_class(type(fact))(
            id=EventId(new_id()),
            type=fact.event_type,
            tenant_id=TenantId(tenant),
            session_id=SessionId(session),
            turn_id=fact.turn,
            occurred_at=at + timedelta(seconds=place),
            data=fact,
        )
        for place, fact in enumerate(facts)
    ]


def started() -> MeetingStarted:
    return MeetingStarted(
        source="recording", name="talk.mp4", duration_ms=60_000, has_video=True, has_audio=True
    )


def ended() -> MeetingEnded:
    return MeetingEnded(reason="completed", duration_ms=60_000)


def heard(text: str, start_ms: int = 1_000, *, speaker: str = "Ana") -> UtteranceHeard:
    return UtteranceHeard(speaker=speaker, text=text, start_ms=start_ms, end_ms=start_ms + 900)


def taken(text: str, asked_at_ms: int = 2_000, *, channel: Channel = "voice") -> TurnTaken:
    return TurnTaken(
        turn_id=TurnId(new_id()),
        channel=channel,
        text=text,
        speaker="Ana",
        asked_at_ms=asked_at_ms,
        screen=None,
        addressed_by="question",
    )


def answered(turn: TurnTaken, text: str = "It costs 20 dollars.") -> AnswerCompleted:
    return AnswerCompleted(
        turn_id=turn.turn_id,
        channel=turn.channel,
        asked_at_ms=turn.asked_at_ms,
        question_chars=len(turn.text),
        has_screen=False,
        text=text,
        abstained=False,
        sources=(),
        attempts=(),
        confidence=0.9,
        why="covered",
        cost_usd=Decimal("0E-10"),
        latency_ms={"total": 40},
    )


def refused(turn: TurnTaken) -> AnswerRefused:
    return AnswerRefused(
        turn_id=turn.turn_id, channel=turn.channel, reason="deadline", text="That took too long."
    )


def kept(shown_at_ms: int, *, key: str = "blob:x") -> FrameKept:
    return FrameKept(
        frame_id=FrameId(derive_id(UUID(int=1), str(shown_at_ms))),
        shown_at_ms=shown_at_ms,
        reason="first" if shown_at_ms == 0 else "changed",
        distance=0.2,
        picture=BlobRef(key=key, media_type="image/jpeg", size_bytes=4, sha256="0" * 64),
        width=1280,
        height=720,
    )


def sampled(seen: int, kept_count: int, from_ms: int = 0) -> FramesSampled:
    return FramesSampled(from_ms=from_ms, to_ms=from_ms + 10_000, seen=seen, kept=kept_count)
