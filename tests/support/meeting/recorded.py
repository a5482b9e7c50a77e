"""The handler of recordings with small fakes: a recording, speech, a bus that answers."""

import asyncio
from collections.abc import AsyncGenerator, Generator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from contracts.conversation import AnswerCompleted, TurnTaken
from contracts.errors import LostError, RejectedError
from contracts.fact import Envelope, Fact
from contracts.feed import Concluded, Described, FeedEntry
from contracts.ids import EventId, SessionId, TenantId, UsageId
from contracts.media import (
    BlobRef,
    FrameKept,
    MeetingNote,
)
from contracts.sessions import RecordingUploaded
from contracts.usage import UsageIncurred
from media_agent.adapters.metered_recording_speech import MeteredRecordingSpeech
from media_agent.domain.gate.frame_sampler import FrameRates
from media_agent.domain.gate.frames import Frame, Picture
from media_agent.domain.gate.gates import new_gate
from media_agent.domain.recording.pieces import AboutRecording, Piece, Sound
from media_agent.domain.speech.audio import Detect
from media_agent.domain.speech.transcription import Transcription
from media_agent.handlers import on_recording_uploaded
from media_agent.recorded.player import PlayerDeps
from media_agent.recorded.session import RecordingDeps
from runtime.clock import SystemClock
from runtime.ids import derive_id, new_id
from spending import Accounts, Spending
from support.bus import enveloped

CHUNK = 1_600
"""100 ms of sound."""
STATEMENT, QUESTION = "Let me share my screen.", "What does the error say?"
BEGUN, REST, OTHER = "How long does it take?", "To repair the door.", "And who pays for it?"
BOTH = "How long does it take to repair the door?"
HEARD = {
    frozenset({1}): STATEMENT,
    frozenset({2}): QUESTION,
    frozenset({3}): BEGUN,
    frozenset({4}): REST,
    frozenset({3, 4}): BOTH,
    frozenset({5}): OTHER,
    frozenset({3, 5}): f"{BEGUN} {OTHER}",
}
"""By the values of the samples that are not silence."""


ABOUT = AboutRecording("talk.mp4", 8_000, has_video=True, has_audio=True)


@dataclass
class FakeRecording:
    """A screen whose mark appears at 2 s; speech at 1-2 s (words 1) and 4-5 s (words 2).

    `words`: (from, to, words) of what is said instead.
    """

    about: AboutRecording = ABOUT
    ended_ms: int = 8_000
    truncated_at_ms: int | None = None
    notes: tuple[MeetingNote, ...] = ()
    words: tuple[tuple[int, int, int], ...] = ((1_000, 2_000, 1), (4_000, 5_000, 2))

    def pieces(self) -> Iterator[Piece]:
        for t in range(0, 8_000, 100):
            words = next((said for begin, end, said in self.words if begin <= t < end), 0)
            yield Picture(t, lambda t=t: screen(t))
            yield Sound(t, np.full(CHUNK, words, np.int16))


def screen(t_ms: int) -> Frame:
    y = np.full((96, 160), 220, np.uint8)
    if t_ms >= 2_000:
        y[40:60, 40:80] = 10
    if t_ms >= 4_900:  # just before the question ends
        y[10:20, 100:120] = 10
    grey = np.full((48, 80), 128, np.uint8)
    return Frame(t_ms, y, grey, grey, full_range=True)


class FakeSpeechToText:
    model = "fake"

    def detector(self) -> Detect:
        """The value of the samples says whether it is speech."""
        left: list[int] = []

        def detect(samples: NDArray[np.int16]) -> list[float]:
            left.extend(samples.tolist())
            found: list[float] = []
            while len(left) >= 512:
                found.append(1.0 if left[0] else 0.0)
                del left[:512]
            return found

        return detect

    async def recognize(self, samples: NDArray[np.int16], *, language: str) -> Transcription:
        said = frozenset(np.unique(samples).tolist()) - {0}
        return Transcription(HEARD[said], language)


class FakeTextToSpeech:
    model = "fake"
    sample_rate_hz = 1_000

    async def speak(self, text: str) -> NDArray[np.int16]:
        return np.full(10 * len(text), 7, np.int16)


@dataclass
class FakePictures:
    named: list[str] = field(default_factory=list[str])

    async def put(
        self, data: bytes, *, media_type: str, tenant_id: TenantId, session_id: SessionId
    ) -> BlobRef:
        return BlobRef(
            key=data.decode(), media_type=media_type, size_bytes=len(data), sha256="0" * 64
        )

    async def name(self, key: str) -> None:
        self.named.append(key)


@dataclass
class FakeFiles:
    stored: dict[str, bytes] = field(default_factory=dict[str, bytes])

    @asynccontextmanager
    async def local(self, tenant_id: TenantId, name: str) -> AsyncGenerator[Path]:
        yield Path(name)

    async def put(self, tenant_id: TenantId, name: str, chunks: Any, *, max_bytes: int) -> None:
        self.stored[name] = b"".join([chunk async for chunk in chunks])


class FakeAccounts(Accounts):
    """Every tenant has one, without a limit."""

    def __init__(self) -> None:
        pass

    async def hold(self, *args: Any, **more: Any) -> str:
        return ""

    async def started(self, tenant_id: TenantId, usage_id: UsageId) -> bool:
        return True

    async def settle(self, stated: Envelope[UsageIncurred], *, estimated_in: int = 0) -> bool:
        return True


class Item(NamedTuple):
    entry_id: str
    entry: FeedEntry


@dataclass
class FakeBus:
    """Keeps what is stated; describes every frame and answers every turn in the feed."""

    event: Envelope[RecordingUploaded]
    noted_ms: int | None = None
    lost_after: int = 1_000
    helpful: bool = True
    facts: list[Fact] = field(default_factory=list[Fact])
    notes: list[int | None] = field(default_factory=list[int | None])
    feed: list[FeedEntry] = field(default_factory=list[FeedEntry])
    entry_id: str = "1-0"
    entered_at: datetime = datetime(2026, 11, 21, tzinfo=UTC)
    deadline: datetime | None = None
    takeovers: int = 0
    items: "asyncio.Queue[Item]" = field(default_factory=asyncio.Queue[Item])

    def id_of(self, fact: Fact) -> EventId:
        return EventId(derive_id(self.event.id, fact.event_type, fact.key))

    async def state(
        self, *facts: Fact, feed: Sequence[FeedEntry] = (), noted_ms: int | None = None
    ) -> None:
        if len(self.facts) >= self.lost_after:
            raise LostError("another has it")
        self.facts += facts
        self.feed += feed
        self.notes.append(noted_ms)
        for fact in facts if self.helpful else ():
            self._reply(fact)

    def _reply(self, fact: Fact) -> None:
        if isinstance(fact, FrameKept):
            self._add(
                Described(
                    event_id=self.id_of(fact),
                    frame_id=fact.frame_id,
                    shown_at_ms=fact.shown_at_ms,
                )
            )
        if isinstance(fact, TurnTaken):
            answer = AnswerCompleted(
                turn_id=fact.turn_id,
                channel="voice",
                text="It is 42.",
                asked_at_ms=fact.asked_at_ms,
                question_chars=1,
                has_screen=True,
                abstained=False,
                sources=(),
                attempts=(),
                confidence=1,
                why="",
                cost_usd=Decimal(0),
                latency_ms={"total": 300},
            )
            self._add(Concluded(turn_id=fact.turn_id, run=1, answer=answer))

    def _add(self, entry: FeedEntry) -> None:
        self.items.put_nowait(Item(f"{self.items.qsize()}-0", entry))

    async def follow(self, session_id: SessionId, after: str | None) -> AsyncGenerator[Item]:
        while True:
            yield await self.items.get()

    def waiting(self) -> AbstractAsyncContextManager[None]:
        raise NotImplementedError

    def of(self, kind: type[Fact]) -> list[Any]:
        return [fact for fact in self.facts if isinstance(fact, kind)]


@dataclass
class Played:
    """One run of the handler."""

    bus: FakeBus
    pictures: FakePictures = field(default_factory=FakePictures)
    files: FakeFiles = field(default_factory=FakeFiles)
    usage: list[UsageIncurred] = field(default_factory=list[UsageIncurred])
    recording: FakeRecording = field(default_factory=FakeRecording)
    refusal: RejectedError | None = None

    @contextmanager
    def open(self, path: Path, name: str) -> Generator[FakeRecording]:
        if self.refusal is not None:
            raise self.refusal
        yield self.recording

    async def publish(self, envelope: Envelope[Any]) -> None:
        self.usage.append(envelope.data)

    async def run(self, *, wait_s: float = 5.0) -> "Played":
        player_deps = PlayerDeps(
            open_recording=self.open,
            encode=lambda frame: f"jpeg {frame.t_ms}".encode(),
            new_gate=lambda: new_gate("tiles"),
            detector=FakeSpeechToText().detector,
            turn_detector=lambda: lambda _: True,
            rates=FrameRates(10, 10),
        )
        spending = Spending("media-agent", FakeAccounts(), self.publish, SystemClock())
        deps = RecordingDeps(
            files=self.files,
            pictures=self.pictures,
            player_deps=player_deps,
            speech_for=partial(
                MeteredRecordingSpeech, FakeSpeechToText(), FakeTextToSpeech(), spending
            ),
            follow=self.bus.follow,
            clock=SystemClock(),
            turn_wait_s=wait_s,
            frame_wait_s=wait_s,
        )
        returned = await on_recording_uploaded(self.bus.event, self.bus, deps=deps)
        assert returned == ()
        return self


def upload(speed: Literal["real", "max"] = "max") -> Envelope[RecordingUploaded]:
    fact = RecordingUploaded(
        file="recordings/a.mp4", name="talk.mp4", size_bytes=1, sha256="0" * 64, speed=speed
    )
    return enveloped(fact, session=new_id())
