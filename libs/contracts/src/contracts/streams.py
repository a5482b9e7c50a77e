"""The one catalogue: which fact travels on which stream, who writes it, who reads it.

Subscribers, AsyncAPI, autoscalers, access lists, documentation and `parley facts` are derived from
it or checked against it. A new fact is a row here.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal
from zlib import crc32

from contracts.budgets import (
    BudgetAlertRaised,
    BudgetChanged,
    BudgetStepChanged,
    CreditAdded,
    UsageAdjusted,
)
from contracts.conversation import (
    AnswerCompleted,
    AnswerRefused,
    FeedbackGiven,
    SpeechInterrupted,
    TurnTaken,
)
from contracts.fact import Fact
from contracts.knowledge import (
    DocumentIndexed,
    DocumentRejected,
    DocumentRemoved,
    DocumentUploaded,
    PassagesFound,
)
from contracts.media import FrameKept, FramesSampled, MeetingEnded, MeetingStarted, UtteranceHeard
from contracts.sessions import RecordingUploaded, SessionClosed, SessionOpened
from contracts.usage import UsageIncurred
from contracts.vision import FrameDescribed

ServiceName = Literal["gateway", "media-agent", "vision-worker", "llm-router", "rag", "metering"]
SERVICES: Final[tuple[ServiceName, ...]] = (
    "gateway",
    "media-agent",
    "vision-worker",
    "llm-router",
    "rag",
    "metering",
)


@dataclass(frozen=True)
class Group:
    """A consumer group: one service reading one stream. The group's name is the service's.

    Attributes:
        service: who reads.
        deadline: how long an outside failure is retried, from the entry's time; None: for ever,
            and that is an alert.
        expiry: older entries may be passed over unread, and are counted; None: never.
        given_up: the fact that says a delivery was given up; None: the dead letter alone.
    """

    service: ServiceName
    deadline: timedelta | None = None
    expiry: timedelta | None = None
    given_up: type[Fact] | None = None


@dataclass(frozen=True)
class Stream:
    """One fact and its way.

    Attributes:
        fact: the class; its event_type names the stream.
        writers: who may state it.
        readers: consumer groups, made at entry 0 by provision; () where the fact is stated for
            the record, replay and what is built on it later.
        ordered_by: what the order of entries is promised for, and what decides the shard.
        retention: how long entries stay for replay once every group has passed them.
    """

    fact: type[Fact]
    writers: tuple[ServiceName, ...]
    readers: tuple[Group, ...]
    ordered_by: Literal["session", "tenant"]
    retention: timedelta

    @property
    def name(self) -> str:
        return self.fact.event_type

    @property
    def trimmed_by(self) -> ServiceName:
        """Who removes what is old: its first reader, or who writes what nobody reads."""
        return self.readers[0].service if self.readers else self.writers[0]


_DAY: Final = timedelta(days=1)
_SECONDS_30: Final = timedelta(seconds=30)
"""How long a written question waits for what the documents say."""
_SECONDS_60: Final = timedelta(seconds=60)
_GATEWAY: Final = Group("gateway", deadline=timedelta(hours=1))

CATALOGUE: Final[tuple[Stream, ...]] = (
    # Its own writer, the gateway, keeps the state of a session in PostgreSQL, and no other service
    # does anything at its beginning or end: both are for the record and for a replay.
    Stream(SessionOpened, ("gateway",), (), "session", _DAY),
    Stream(SessionClosed, ("gateway",), (), "session", _DAY),
    Stream(
        RecordingUploaded,
        ("gateway",),
        (Group("media-agent", deadline=timedelta(hours=6), given_up=MeetingEnded),),
        "session",
        _DAY,
    ),
    Stream(MeetingStarted, ("media-agent",), (_GATEWAY,), "session", _DAY),
    Stream(MeetingEnded, ("media-agent",), (_GATEWAY,), "session", _DAY),
    Stream(UtteranceHeard, ("media-agent",), (Group("gateway"),), "session", _DAY),
    Stream(
        FrameKept,
        ("media-agent",),
        (
            _GATEWAY,
            Group("vision-worker", deadline=_SECONDS_60, expiry=timedelta(seconds=15)),
        ),
        "session",
        timedelta(minutes=15),
    ),
    Stream(
        FramesSampled,
        ("media-agent",),
        (_GATEWAY, Group("metering")),
        "session",
        _DAY,
    ),
    Stream(
        FrameDescribed,
        ("vision-worker",),
        (_GATEWAY, Group("llm-router", deadline=_SECONDS_60)),
        "session",
        _DAY,
    ),
    Stream(
        TurnTaken,
        ("gateway", "media-agent"),
        (
            _GATEWAY,
            Group("rag", deadline=_SECONDS_30),
            Group("llm-router", deadline=_SECONDS_60, given_up=AnswerRefused),
        ),
        "session",
        _DAY,
    ),
    Stream(
        SpeechInterrupted,
        ("media-agent",),
        (_GATEWAY, Group("llm-router", deadline=_SECONDS_60)),
        "session",
        _DAY,
    ),
    # Half of what a question leaves in Redis, and of use to nobody but its own turn.
    Stream(
        PassagesFound,
        ("rag",),
        (Group("llm-router", deadline=_SECONDS_30),),
        "session",
        timedelta(hours=1),
    ),
    Stream(AnswerCompleted, ("llm-router",), (_GATEWAY, Group("metering")), "session", _DAY),
    Stream(AnswerRefused, ("llm-router",), (_GATEWAY,), "session", _DAY),
    # The gateway shows it from its own table; the stream is for whoever tunes models by it.
    Stream(FeedbackGiven, ("gateway",), (), "session", timedelta(days=7)),
    Stream(
        DocumentUploaded,
        ("gateway",),
        (Group("rag", deadline=timedelta(minutes=30), given_up=DocumentRejected),),
        "tenant",
        _DAY,
    ),
    Stream(
        DocumentRemoved,
        ("gateway",),
        (Group("rag", deadline=timedelta(hours=6)),),
        "tenant",
        _DAY,
    ),
    Stream(DocumentIndexed, ("rag",), (_GATEWAY,), "tenant", _DAY),
    Stream(DocumentRejected, ("rag",), (_GATEWAY,), "tenant", _DAY),
    Stream(
        UsageIncurred,
        ("media-agent", "vision-worker", "llm-router", "rag", "metering"),
        (Group("metering"),),
        "session",
        # The ledger has it; so long for a database that is restored from last night's backup.
        timedelta(days=2),
    ),
    Stream(BudgetChanged, ("gateway",), (Group("metering"),), "tenant", timedelta(days=2)),
    Stream(CreditAdded, ("gateway",), (Group("metering"),), "tenant", timedelta(days=2)),
    Stream(BudgetStepChanged, ("metering",), (_GATEWAY,), "tenant", _DAY),
    Stream(BudgetAlertRaised, ("metering",), (_GATEWAY,), "tenant", _DAY),
    Stream(UsageAdjusted, ("gateway",), (Group("metering"),), "tenant", timedelta(days=2)),
)

BY_TYPE: Final[dict[str, Stream]] = {stream.name: stream for stream in CATALOGUE}


def stream_of(fact: type[Fact]) -> Stream:
    """The catalogue's row.

    Raises:
        KeyError: the fact is not in the catalogue.
    """
    return BY_TYPE[fact.event_type]


def shard_of(ordering_key: str, shards: int) -> int:
    """Shard in [0, shards) of a session or tenant; CRC-32, so every language finds the same."""
    return crc32(ordering_key.encode()) % shards


def tag(shard: int) -> str:
    """Redis Cluster hash tag: a shard's keys live in one slot, so one script may touch them."""
    return f"{{{shard:02d}}}"


def any_shard(key: str) -> str:
    """The pattern of a key of shard 0 and of its like in every other, for access lists."""
    return key.replace(tag(0), "{*}")


def stream_key(event_type: str, shard: int) -> str:
    return f"facts:{event_type}:{tag(shard)}"


def done_key(group: str, event_id: str, shard: int) -> str:
    return f"done:{group}:{event_id}:{tag(shard)}"


def dead_letters_key(shard: int) -> str:
    return f"dead:{tag(shard)}"


def feed_key(session_id: str, shard: int) -> str:
    return f"feed:{session_id}:{tag(shard)}"
