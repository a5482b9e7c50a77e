"""The built service on a real Redis, with the real ear and voice: a recording in, facts out."""

import asyncio
import io
import wave
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from redis.asyncio import Redis

from contracts.conversation import AnswerCompleted, TurnTaken
from contracts.fact import Envelope
from contracts.feed import Concluded, Described
from contracts.ids import EventId
from contracts.media import (
    FrameKept,
    FramesSampled,
    MeetingEnded,
    MeetingStarted,
    UtteranceHeard,
)
from contracts.sessions import RecordingUploaded
from contracts.usage import UsageIncurred
from local_models.text_to_speech import Hibari
from media_agent.main import build
from media_agent.settings import MediaAgentSettings
from runtime.blobs import RedisBlobs
from runtime.bus import Publisher, provision_streams
from runtime.clock import SystemClock
from runtime.feed import FeedWriter
from runtime.files import FolderFiles
from runtime.ids import derive_id, new_id
from spending import Accounts
from support.bus import bodies, enveloped, read_by
from support.media.recordings import write_recording
from support.media.screens import Page, draw_page
from support.servers import as_service

ANSWER = "The team plan costs twenty nine dollars."


@asynccontextmanager
async def working(url: str, files_dir: Path) -> AsyncGenerator[None]:
    """The service runs inside the block and drains at its end."""
    settings = MediaAgentSettings.model_validate(
        {
            "redis_url": as_service(url, "media-agent"),
            "files_dir": files_dir,
            "drain_s": 5,
            "turn_wait_s": 20,
        }
    )
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(build(settings, SystemClock()).run(stop))
        try:
            yield
        finally:
            stop.set()


async def the_others(redis: Redis) -> None:
    """Stand in for vision worker and router: describe every frame, answer every turn, at once."""
    feed = FeedWriter(redis)
    told: set[EventId] = set()
    while True:
        for kept in await bodies(redis, FrameKept):
            if kept.id not in told and kept.session_id is not None:
                told.add(kept.id)
                frame = kept.data
                entry = Described(
                    event_id=EventId(derive_id(kept.id, "described")),
                    frame_id=frame.frame_id,
                    shown_at_ms=frame.shown_at_ms,
                )
                await feed.write(kept.session_id, entry)
        for turn in await bodies(redis, TurnTaken):
            if turn.id not in told and turn.session_id is not None:
                told.add(turn.id)
                answer = AnswerCompleted(
                    turn_id=turn.data.turn_id,
                    channel="voice",
                    text=ANSWER,
                    asked_at_ms=turn.data.asked_at_ms,
                    question_chars=len(turn.data.text),
                    has_screen=turn.data.screen is not None,
                    abstained=False,
                    sources=(),
                    attempts=(),
                    confidence=0.9,
                    why="test",
                    cost_usd=Decimal(0),
                    latency_ms={"total": 250},
                )
                entry = Concluded(turn_id=turn.data.turn_id, run=1, answer=answer)
                await feed.write(turn.session_id, entry)
        await asyncio.sleep(0.05)


def meeting(path: Path) -> Path:
    """Two sentences over a table whose price changes between them."""
    voice = Hibari()

    def said(text: str) -> np.ndarray[Any, np.dtype[np.int16]]:
        floats = np.concatenate(list(voice.speak(text)))
        return (floats * 32_000).astype(np.int16)

    quiet = np.zeros(24_000, np.int16)
    talk = [quiet, said("Let me share my screen with all of you."), quiet, quiet]
    talk += [said("How much does the team plan cost?"), quiet, quiet]
    sound = np.concatenate(talk)
    before, after = draw_page(Page()), draw_page(Page(prices=[1249, 380, 96, 2715, 68]))
    length_ms = len(sound) // 24
    pictures = [(t, before if t < 2_000 else after) for t in range(0, length_ms, 100)]
    return write_recording(path, pictures, sound)


async def uploaded(
    redis: Redis, files_dir: Path, path: Path, name: str
) -> Envelope[RecordingUploaded]:
    """The file stands in the store, the tenant has an account, and the fact is stated."""

    content = await asyncio.to_thread(path.read_bytes)

    async def chunks() -> AsyncGenerator[bytes]:
        yield content

    session = new_id()
    fact = RecordingUploaded(
        file=f"recordings/{session}.mp4",
        name=name,
        size_bytes=len(content),
        sha256="0" * 64,
        speed="max",
    )
    event = enveloped(fact, session=session)
    await FolderFiles(files_dir).put(event.tenant_id, fact.file, chunks(), max_bytes=10**9)
    await Accounts(redis).make(event.tenant_id)
    await provision_streams(redis)
    await Publisher(redis).publish(event)
    return event


@pytest.mark.timeout(150)
async def test_a_recording_is_heard_seen_asked_and_answered_aloud(
    redis: Redis, valkey_url: str, tmp_path: Path
) -> None:
    path = await asyncio.to_thread(meeting, tmp_path / "talk.mp4")
    event = await uploaded(redis, tmp_path / "files", path, "talk.mp4")

    async with asyncio.TaskGroup() as tasks:
        others = tasks.create_task(the_others(redis))
        async with working(valkey_url, tmp_path / "files"):
            await read_by(redis, RecordingUploaded, "media-agent", timeout_s=120)
        others.cancel()

    (started,) = await bodies(redis, MeetingStarted)
    assert (started.data.has_video, started.data.has_audio) == (True, True)
    heard = [one.data for one in await bodies(redis, UtteranceHeard)]
    assert [_plain(one.text) for one in heard] == [
        "let me share my screen with all of you",
        "how much does the team plan cost",
    ]
    (turn,) = await bodies(redis, TurnTaken)
    assert turn.turn_id == turn.data.turn_id
    assert (turn.data.addressed_by, turn.data.patient) == ("question", True)
    assert turn.data.asked_at_ms == heard[1].end_ms

    kept = [one.data for one in await bodies(redis, FrameKept)]
    assert [frame.reason for frame in kept] == ["first", "changed"]
    assert 2_000 <= kept[1].shown_at_ms <= 3_000
    assert turn.data.screen is not None
    assert turn.data.screen.frame_id == kept[1].frame_id
    assert kept[1].previous_frame_id == kept[0].frame_id
    blob = await RedisBlobs(redis).get(kept[1].picture.key)
    assert blob is not None
    assert blob.data.startswith(b"\xff\xd8")
    assert await RedisBlobs(redis).is_named(kept[1].picture.key)

    sampled = [one.data for one in await bodies(redis, FramesSampled)]
    assert sum(one.seen for one in sampled) == _pictures_in(path)
    assert sum(one.kept for one in sampled) == len(kept)
    used = [one.data for one in await bodies(redis, UsageIncurred)]
    assert sorted(one.kind for one in used) == ["stt", "stt", "tts"]
    assert all(one.cost_usd == 0 and one.provider == "local" for one in used)

    (ended,) = await bodies(redis, MeetingEnded)
    assert (ended.data.reason, ended.data.truncated_at_ms) == ("completed", None)
    assert ended.data.spoken_file == f"spoken/{event.session_id}.wav"
    spoken = tmp_path / "files" / event.tenant_id / ended.data.spoken_file
    samples = await asyncio.to_thread(_samples_of, spoken)
    begins_ms = turn.data.asked_at_ms + 250
    assert not samples[: begins_ms * 24].any()
    assert np.abs(samples[begins_ms * 24 :].astype(int)).max() > 3_000


@pytest.mark.parametrize(
    ("name", "make", "says"),
    [
        ("noise.mp4", lambda: np.random.default_rng(1).bytes(50_000), "not a recording"),
        ("empty.mp4", lambda: b"", "empty"),
    ],
)
async def test_what_is_no_recording_ends_the_meeting_with_a_sentence(
    name: str,
    make: Callable[[], bytes],
    says: str,
    redis: Redis,
    valkey_url: str,
    tmp_path: Path,
) -> None:
    path = tmp_path / name
    path.write_bytes(make())
    await uploaded(redis, tmp_path / "files", path, name)
    async with working(valkey_url, tmp_path / "files"):
        await read_by(redis, RecordingUploaded, "media-agent", timeout_s=40)
    (ended,) = await bodies(redis, MeetingEnded)
    assert ended.data.reason == "rejected"
    assert ended.data.detail is not None
    assert ended.data.detail.startswith(f"{name} is {says}")
    assert await bodies(redis, MeetingStarted) == []


def _samples_of(path: Path) -> np.ndarray[Any, np.dtype[np.int16]]:
    with wave.open(io.BytesIO(path.read_bytes())) as sound:
        assert sound.getframerate() == 24_000
        return np.frombuffer(sound.readframes(sound.getnframes()), np.int16)


def _plain(text: str) -> str:
    return text.lower().strip(" .?!").replace(",", "")


def _pictures_in(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))
