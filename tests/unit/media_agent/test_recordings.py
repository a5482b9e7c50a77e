"""The handler, with small fakes: what is stated, waited for, and not stated again."""

import asyncio
from collections.abc import AsyncGenerator, Generator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from contracts.conversation import AnswerCompleted, TurnTaken
from contracts.errors import LostError, RejectedError
from contracts.fact import Envelope, Fact
from contracts.feed import Concluded, Described, Ended, FeedEntry, Framed, Heard
from contracts.ids import EventId, FrameId, SessionId, TenantId, UsageId
from contracts.media import (
    BlobRef,
    FrameKept,
    FramesSampled,
    MeetingEnded,
    MeetingStarted,
    UtteranceHeard,
)
from contracts.sessions import RecordingUploaded
from contracts.usage import UsageIncurred
from media_agent.domain.frames import Frame
from media_agent.domain.gates import new_gate
from media_agent.domain.playback import Detect
from media_agent.domain.recording import AboutRecording, Picture, Piece, Sound
from media_agent.domain.sight import FrameRates
from media_agent.handlers import Stage, on_recording_given_up, on_recording_uploaded
from media_agent.handlers.reel import Projector
from runtime.bus import GivenUp
from runtime.clock import SystemClock
from runtime.ids import derive_id, new_id
from spending import Accounts, Spending
from support.bus import enveloped

CHUNK = 1_600
"""100 ms of sound."""
STATEMENT, QUESTION = "Let me share my screen.", "What does the error say?"


ABOUT = AboutRecording("talk.mp4", 8_000, has_video=True, has_audio=True)


@dataclass
class FakeRecording:
    """A screen whose mark appears at 2 s; speech at 1-2 s (words 1) and 4-5 s (words 2)."""

    about: AboutRecording = ABOUT
    ended_ms: int = 8_000
    truncated_at_ms: int | None = None

    def pieces(self) -> Iterator[Piece]:
        for t in range(0, 8_000, 100):
            words = 1 if 1_000 <= t < 2_000 else 2 if 4_000 <= t < 5_000 else 0
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


class FakeEar:
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

    async def transcribe(self, samples: NDArray[np.int16]) -> str:
        return STATEMENT if samples.max() == 1 else QUESTION


class FakeVoice:
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

    async def hold(self, *args: Any, **more: Any) -> None:
        pass

    async def started(self, tenant_id: TenantId, usage_id: UsageId) -> None:
        pass

    async def settle(self, tenant_id: TenantId, usage_id: UsageId, usd: Decimal) -> bool:
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
        projector = Projector(
            open_recording=self.open,
            encode=lambda frame: f"jpeg {frame.t_ms}".encode(),
            new_gate=lambda: new_gate("tiles"),
            detector=FakeEar().detector,
            rates=FrameRates(10, 10),
        )
        stage = Stage(
            files=self.files,
            pictures=self.pictures,
            projector=projector,
            ear=FakeEar(),
            voice=FakeVoice(),
            follow=self.bus.follow,
            spending=Spending("media-agent", FakeAccounts(), self.publish, SystemClock()),
            clock=SystemClock(),
            turn_wait_s=wait_s,
            frame_wait_s=wait_s,
        )
        returned = await on_recording_uploaded(self.bus.event, self.bus, stage=stage)
        assert returned == ()
        return self


def upload(speed: Literal["real", "max"] = "max") -> Envelope[RecordingUploaded]:
    fact = RecordingUploaded(
        file="recordings/a.mp4", name="talk.mp4", size_bytes=1, sha256="0" * 64, speed=speed
    )
    return enveloped(fact, session=new_id())


async def test_speech_turns_frames_and_counts_are_stated_in_order() -> None:
    played = await Played(FakeBus(upload())).run()
    bus = played.bus
    kinds = [type(fact) for fact in bus.facts]
    assert kinds[0] is MeetingStarted
    assert kinds[-1] is MeetingEnded
    assert [one.text for one in bus.of(UtteranceHeard)] == [STATEMENT, QUESTION]
    (turn,) = cast("list[TurnTaken]", bus.of(TurnTaken))
    assert (turn.text, turn.addressed_by, turn.patient) == (QUESTION, "question", True)
    assert abs(turn.asked_at_ms - 5_000) <= 64
    heard = [entry for entry in bus.feed if isinstance(entry, Heard)]
    assert [entry.turn_id for entry in heard] == [None, turn.turn_id]
    counts = cast("list[FramesSampled]", bus.of(FramesSampled))
    assert sum(count.seen for count in counts) == 80
    assert sum(count.kept for count in counts) == len(bus.of(FrameKept))
    assert sorted(one.kind for one in played.usage) == ["stt", "stt", "tts"]


async def test_a_question_is_about_the_screen_as_it_was_when_the_speech_ended() -> None:
    played = await Played(FakeBus(upload())).run()
    kept = cast("list[FrameKept]", played.bus.of(FrameKept))
    (turn,) = cast("list[TurnTaken]", played.bus.of(TurnTaken))
    assert turn.screen is not None
    (seen,) = [frame for frame in kept if frame.frame_id == turn.screen.frame_id]
    assert seen.shown_at_ms >= 4_900
    assert played.pictures.named == [seen.picture.key]
    stated = [fact for fact in played.bus.facts if isinstance(fact, FrameKept | TurnTaken)]
    assert stated.index(seen) < stated.index(turn)
    framed = [entry.frame.frame_id for entry in played.bus.feed if isinstance(entry, Framed)]
    assert framed == [frame.frame_id for frame in kept]
    before: list[FrameId | None] = [None]
    assert [frame.previous_frame_id for frame in kept] == before + framed[:-1]


async def test_the_answer_is_spoken_after_the_question_into_the_meetings_sound() -> None:
    played = await Played(FakeBus(upload())).run()
    (turn,) = cast("list[TurnTaken]", played.bus.of(TurnTaken))
    (ended,) = cast("list[MeetingEnded]", played.bus.of(MeetingEnded))
    assert (ended.reason, ended.duration_ms) == ("completed", 8_000)
    assert ended.spoken_file is not None
    samples = np.frombuffer(played.files.stored[ended.spoken_file][44:], np.int16)
    begins = turn.asked_at_ms + 300
    assert len(samples) == begins + 10 * len("It is 42.")
    assert not samples[:begins].any()
    assert samples[begins:].all()


async def test_played_twice_every_fact_has_the_same_id_and_content() -> None:
    event = upload()
    first, second = [(await Played(FakeBus(event)).run()).bus for _ in range(2)]
    assert [(first.id_of(f), f) for f in first.facts] == [
        (second.id_of(f), f) for f in second.facts
    ]


async def test_after_a_takeover_only_what_was_not_noted_is_stated() -> None:
    event = upload()
    whole = (await Played(FakeBus(event)).run()).bus
    for died_after in range(1, len(whole.facts)):
        first = FakeBus(event, lost_after=died_after)
        with pytest.raises(LostError):
            await Played(first).run()
        noted = [note for note in first.notes if note is not None][-1]
        second = (await Played(FakeBus(event, noted_ms=noted)).run()).bus
        ids = {first.id_of(fact) for fact in (*first.facts, *second.facts)}
        assert ids == {whole.id_of(fact) for fact in whole.facts}
        repeated = {first.id_of(fact) for fact in first.facts} & {
            second.id_of(fact) for fact in second.facts
        }
        # Only what shares the last step of 200 ms with the note.
        assert len(repeated) <= 4


async def test_notes_never_go_back() -> None:
    notes = [note for note in (await Played(FakeBus(upload())).run()).bus.notes if note is not None]
    assert notes == sorted(notes)


async def test_nobody_answering_does_not_hold_the_meeting_for_ever() -> None:
    played = await Played(FakeBus(upload(), helpful=False)).run(wait_s=0.05)
    (ended,) = cast("list[MeetingEnded]", played.bus.of(MeetingEnded))
    assert (ended.reason, ended.spoken_file) == ("completed", None)


async def test_a_file_that_cannot_be_played_ends_the_meeting_with_its_sentence() -> None:
    refusal = RejectedError("talk.mp4 is not a recording.", code="not_a_recording")
    played = await Played(FakeBus(upload()), refusal=refusal).run()
    (ended,) = cast("list[MeetingEnded]", played.bus.facts)
    assert (ended.reason, ended.detail) == ("rejected", "talk.mp4 is not a recording.")


async def test_a_truncated_recording_says_where_it_broke_off() -> None:
    recording = FakeRecording(truncated_at_ms=7_950)
    played = await Played(FakeBus(upload()), recording=recording).run()
    (ended,) = cast("list[MeetingEnded]", played.bus.of(MeetingEnded))
    assert (ended.reason, ended.truncated_at_ms) == ("truncated", 7_950)
    assert ended.detail == "talk.mp4 breaks off at 8.0 s; that far it was played."


async def test_a_soundless_recording_is_seen_and_the_session_told_why_it_is_silent() -> None:
    about = replace(ABOUT, has_audio=False)

    class Silent(FakeRecording):
        def pieces(self) -> Iterator[Piece]:
            return (piece for piece in super().pieces() if isinstance(piece, Picture))

    played = await Played(FakeBus(upload()), recording=Silent(about)).run()
    (ended,) = cast("list[MeetingEnded]", played.bus.of(MeetingEnded))
    assert ended.detail is not None
    assert "no sound" in ended.detail
    assert played.bus.of(UtteranceHeard) == []
    assert len(played.bus.of(FrameKept)) == 3


async def test_given_up_the_session_learns_that_its_meeting_is_over() -> None:
    told: list[FeedEntry] = []

    async def tell(_session: SessionId, /, *entries: FeedEntry) -> None:
        told.extend(entries)

    (ended,) = await on_recording_given_up(upload(), GivenUp.MAX_DELIVERIES, tell=tell)
    assert isinstance(ended, MeetingEnded)
    assert ended.reason == "failed"
    assert [entry.meeting for entry in told if isinstance(entry, Ended)] == [ended]
