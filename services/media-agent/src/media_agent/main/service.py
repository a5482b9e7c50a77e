"""What the service is made of: recorded meetings, and the speech of live ones."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from functools import partial
from typing import Any

from contracts.ids import SessionId
from contracts.sessions import RecordingUploaded
from media_agent.adapters.livekit.job_processes import jobs_metrics, speech_socket
from media_agent.adapters.metered_recording_speech import MeteredRecordingSpeech
from media_agent.adapters.speech_process.local_speech import LocalSpeechToText, LocalTextToSpeech
from media_agent.adapters.speech_process.server import SpeechServer
from media_agent.adapters.video.jpeg import to_jpeg
from media_agent.domain.gates import new_gate, rates_of
from media_agent.handlers import RecordingDeps, on_recording_given_up, on_recording_uploaded
from media_agent.main.recordings import open_recording
from media_agent.recorded.player import PlayerDeps
from media_agent.settings import LOCAL_SPEECH, MediaAgentSettings
from runtime.blobs import RedisBlobs
from runtime.bus import Publisher, Reader
from runtime.child_metrics import ChildMetrics
from runtime.clock import Clock
from runtime.feed import FeedItem, FeedReader, FeedWriter
from runtime.files import FolderFiles
from runtime.redis_client import connect_redis
from runtime.service import Service, Task
from runtime.telemetry import metrics
from runtime.web import Check
from spending import Accounts, Model, Quantity, Spending, price


def make_service(settings: MediaAgentSettings, clock: Clock) -> Service:
    """Everything the media agent is made of; what a live meeting is made of, `live.py` says.

    Raises:
        RejectedError: a speech provider's model has no price.
    """
    redis, shards = connect_redis(settings.redis_url), settings.stream_shards
    feed = FeedReader(settings.redis_url, shards=shards)
    publisher = Publisher(redis, shards=shards)
    spending = Spending("media-agent", Accounts(redis), publisher.publish, clock)
    timeout_s = settings.speech_timeout_s
    speech_to_text = LocalSpeechToText(clock, threads=settings.speech_threads, timeout_s=timeout_s)
    text_to_speech = LocalTextToSpeech(clock, timeout_s=timeout_s)
    player_deps = PlayerDeps(
        open_recording=open_recording,
        encode=to_jpeg,
        new_gate=partial(new_gate, settings.gate_mode),
        detector=speech_to_text.detector,
        rates=rates_of(settings.gate_mode, busy=settings.fps_busy, idle=settings.fps_idle),
    )

    def follow(session_id: SessionId, after: str | None) -> AsyncGenerator[FeedItem]:
        return feed.follow(session_id, after=after)

    deps = RecordingDeps(
        files=FolderFiles(settings.files_dir),
        pictures=RedisBlobs(redis),
        player_deps=player_deps,
        speech_for=partial(MeteredRecordingSpeech, speech_to_text, text_to_speech, spending),
        follow=follow,
        clock=clock,
        turn_wait_s=settings.turn_wait_s,
        frame_wait_s=settings.frame_wait_s,
    )
    recordings = Reader(
        long=partial(on_recording_uploaded, deps=deps),
        in_flight=settings.recordings_in_flight,
        timeout_s=None,
        on_given_up=partial(on_recording_given_up, tell=FeedWriter(redis, shards=shards).write),
    )
    resources: list[AbstractAsyncContextManager[Any]] = [redis]
    tasks: list[Task] = [speech_to_text.run, text_to_speech.run, feed.run, spending.run]
    checks: list[Check] = [speech_to_text.problems, text_to_speech.problems]
    drains: list[Task] = []
    if settings.livekit_url is not None:
        # The framework takes 80 MB and seconds to import: only where there are live meetings.
        from media_agent.main.live import make_worker  # noqa: PLC0415

        _check_prices(settings, clock.now())
        worker = make_worker(settings, settings.livekit_url, redis)
        job_metrics = ChildMetrics(jobs_metrics(), metrics.join)
        # For the jobs of live meetings, which hold no model; they are told its path.
        server = SpeechServer(speech_to_text, text_to_speech, path=speech_socket())
        resources += [server, job_metrics]
        tasks += [worker.run, job_metrics.run]
        checks.append(worker.problems)
        drains.append(worker.drain)
    return Service(
        "media-agent",
        settings,
        clock,
        reads={RecordingUploaded: recordings},
        resources=resources,
        tasks=tasks,
        checks=checks,
        drains=drains,
    )


def _check_prices(settings: MediaAgentSettings, at: datetime) -> None:
    """At the start: for a model without a price nothing could be held in a meeting."""
    second, character = Quantity.seconds(1), Quantity.characters(1)
    asked = [(name, second) for name in settings.ears]
    asked += [(name, character) for name in (*settings.voices, *settings.premium_voices)]
    for name, quantity in asked:
        if name != LOCAL_SPEECH:
            price(Model(name, settings.speech_model(name)), quantity, at)
