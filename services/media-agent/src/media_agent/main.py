"""What the media agent is made of."""

from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path

import cv2

from contracts.ids import SessionId
from contracts.sessions import RecordingUploaded
from local_models.speech_to_text import Whisper
from local_models.voice_activity import SileroVad
from media_agent.adapters.jpeg import to_jpeg
from media_agent.adapters.local_speech import LocalEar, LocalVoice
from media_agent.adapters.recording_file import RecordingFile
from media_agent.domain.gates import new_gate, rates_of
from media_agent.handlers import Stage, on_recording_given_up, on_recording_uploaded
from media_agent.handlers.reel import Projector
from media_agent.settings import MediaAgentSettings
from runtime.blobs import RedisBlobs
from runtime.bus import Publisher, Reader
from runtime.clock import Clock
from runtime.feed import FeedItem, FeedReader, FeedWriter
from runtime.files import FolderFiles
from runtime.redis_client import connect_redis
from runtime.service import Service
from spending import Accounts, Spending

__all__ = ["build", "load_detector", "load_transcriber", "open_recording", "to_jpeg"]


def build(settings: MediaAgentSettings, clock: Clock) -> Service:
    """Everything the media agent is made of."""
    redis, shards = connect_redis(settings.redis_url), settings.stream_shards
    feed = FeedReader(settings.redis_url, shards=shards)
    publisher = Publisher(redis, shards=shards)
    spending = Spending("media-agent", Accounts(redis), publisher.publish, clock)
    timeout_s = settings.speech_timeout_s
    ear = LocalEar(clock, threads=settings.speech_threads, timeout_s=timeout_s)
    voice = LocalVoice(clock, timeout_s=timeout_s)
    projector = Projector(
        open_recording=open_recording,
        encode=to_jpeg,
        new_gate=partial(new_gate, settings.gate_mode),
        detector=ear.detector,
        rates=rates_of(settings.gate_mode, busy=settings.fps_busy, idle=settings.fps_idle),
    )

    def follow(session_id: SessionId, after: str | None) -> AsyncGenerator[FeedItem]:
        return feed.follow(session_id, after=after)

    stage = Stage(
        files=FolderFiles(settings.files_dir),
        pictures=RedisBlobs(redis),
        projector=projector,
        ear=ear,
        voice=voice,
        follow=follow,
        spending=spending,
        clock=clock,
        turn_wait_s=settings.turn_wait_s,
        frame_wait_s=settings.frame_wait_s,
    )
    recordings = Reader(
        long=partial(on_recording_uploaded, stage=stage),
        in_flight=settings.recordings_in_flight,
        timeout_s=None,
        on_given_up=partial(on_recording_given_up, tell=FeedWriter(redis, shards=shards).write),
    )
    return Service(
        "media-agent",
        settings,
        clock,
        reads={RecordingUploaded: recordings},
        resources=[redis, ear, voice],
        tasks=[feed.run, spending.run],
    )


def open_recording(path: Path, name: str | None = None) -> RecordingFile:
    """A recorded meeting on disk; a context manager.

    Raises:
        RejectedError: code `not_a_recording`.
    """
    # Planes are small: to hand them to threads costs more than it saves, most of all under load.
    cv2.setNumThreads(1)
    return RecordingFile(path, name)


def load_detector() -> SileroVad:
    return SileroVad()


def load_transcriber() -> Whisper:
    return Whisper()
