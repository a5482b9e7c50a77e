"""What the service is made of: recorded meetings, and the speech of live ones."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from redis.asyncio import Redis

from contracts.sessions import RecordingUploaded
from media_agent.adapters.livekit.job_processes import jobs_metrics, speech_socket
from media_agent.adapters.metered_recording_speech import MeteredRecordingSpeech
from media_agent.adapters.speech_process.local_speech import (
    LocalSpeechToText,
    LocalTextToSpeech,
    LocalTurnDetector,
)
from media_agent.adapters.speech_process.server import SpeechServer
from media_agent.adapters.video.jpeg import to_jpeg
from media_agent.domain.gate.gates import new_gate, rates_of
from media_agent.handlers import on_recording_given_up, on_recording_uploaded
from media_agent.main.recordings import load_turn_detector, open_recording
from media_agent.meeting.frame_publisher import deduplication_rates
from media_agent.recorded.player import PlayerDeps
from media_agent.recorded.session import RecordingDeps
from media_agent.redis_access import REDIS_ACCESS
from media_agent.settings import LOCAL_SPEECH, MediaAgentSettings
from runtime.background import BackgroundTask
from runtime.blobs import RedisBlobs
from runtime.bus import Publisher, Reader
from runtime.clock import Clock
from runtime.feed import FeedReader, FeedWriter
from runtime.files import FolderFiles
from runtime.redis_client import connect_redis
from runtime.service import Service, Task
from runtime.telemetry import metrics
from runtime.telemetry.child_metrics import ChildMetrics
from runtime.web import Check
from spending import Accounts, BudgetSteps, Model, Quantity, Spending, price


def make_service(settings: MediaAgentSettings, clock: Clock) -> Service:
    """Everything the media agent is made of; `meeting.py` says what a live meeting is made of.

    Raises:
        RejectedError: a speech provider's model has no price.
    """
    metrics.derive("frame_deduplication_rate", "frame_processing_total", deduplication_rates)
    redis = connect_redis(settings.redis_url)
    feed = FeedReader(settings.redis_url, shards=settings.stream_shards)
    spending = _spending(settings, redis, clock)
    timeout_s = settings.speech_timeout_s
    speech_to_text = LocalSpeechToText(clock, threads=settings.speech_threads, timeout_s=timeout_s)
    text_to_speech = LocalTextToSpeech(clock, timeout_s=timeout_s)
    deps = RecordingDeps(
        files=FolderFiles(settings.files_dir),
        pictures=RedisBlobs(redis),
        player_deps=_player_deps(settings, speech_to_text),
        speech_for=partial(MeteredRecordingSpeech, speech_to_text, text_to_speech, spending),
        follow=lambda session_id, after: feed.follow(session_id, after=after),
        clock=clock,
        turn_wait_s=settings.turn_wait_s,
        frame_wait_s=settings.frame_wait_s,
        budget_step=BudgetSteps(redis, clock).step,
    )
    live = _live_parts(settings, redis, clock, speech_to_text, text_to_speech)
    return Service(
        "media-agent",
        settings,
        clock,
        reads={RecordingUploaded: _recordings(settings, deps, redis)},
        resources=[redis, *live.resources],
        tasks=[
            BackgroundTask("hearing model", speech_to_text.run),
            BackgroundTask("speaking model", text_to_speech.run),
            BackgroundTask("session feeds", feed.run),
            BackgroundTask("unstated usage", spending.run),
            *live.tasks,
        ],
        checks=[speech_to_text.problems, text_to_speech.problems, *live.checks],
        drains=live.drains,
        redis_access=REDIS_ACCESS,
    )


def _spending(settings: MediaAgentSettings, redis: Redis, clock: Clock) -> Spending:
    publisher = Publisher(redis, shards=settings.stream_shards)
    return Spending("media-agent", Accounts(redis), publisher.publish, clock)


def _player_deps(settings: MediaAgentSettings, speech_to_text: LocalSpeechToText) -> PlayerDeps:
    return PlayerDeps(
        open_recording=open_recording,
        encode=to_jpeg,
        new_gate=partial(new_gate, settings.gate_mode),
        detector=speech_to_text.detector,
        turn_detector=load_turn_detector,
        rates=rates_of(settings.gate_mode, busy=settings.fps_busy, idle=settings.fps_idle),
    )


def _recordings(
    settings: MediaAgentSettings, deps: RecordingDeps, redis: Redis
) -> Reader[RecordingUploaded]:
    tell = FeedWriter(redis, shards=settings.stream_shards).write
    return Reader(
        long=partial(on_recording_uploaded, deps=deps),
        in_flight=settings.recordings_in_flight,
        timeout_s=None,
        on_given_up=partial(on_recording_given_up, tell=tell),
    )


@dataclass(frozen=True)
class _LiveParts:
    """What the service runs for live meetings; nothing where there are none."""

    resources: Sequence[AbstractAsyncContextManager[Any]] = ()
    tasks: Sequence[BackgroundTask] = ()
    checks: Sequence[Check] = ()
    drains: Sequence[Task] = ()


def _live_parts(
    settings: MediaAgentSettings,
    redis: Redis,
    clock: Clock,
    speech_to_text: LocalSpeechToText,
    text_to_speech: LocalTextToSpeech,
) -> _LiveParts:
    if settings.livekit_url is None:
        return _LiveParts()
    # The framework takes 80 MB and seconds to import: only where there are live meetings.
    from media_agent.main.live import make_worker  # noqa: PLC0415

    _check_prices(settings, clock.now())
    worker = make_worker(settings, settings.livekit_url, redis)
    job_metrics = ChildMetrics(jobs_metrics(), metrics.join)
    turn_detector = LocalTurnDetector(clock, timeout_s=settings.speech_timeout_s)
    # For the jobs of live meetings, which hold no model; they are told its path.
    speech_server = SpeechServer(
        speech_to_text, text_to_speech, turn_detector, path=speech_socket()
    )
    return _LiveParts(
        [speech_server, job_metrics],
        [
            BackgroundTask("turn model", turn_detector.run),
            BackgroundTask("live meetings", worker.run),
            BackgroundTask("metrics of meetings", job_metrics.run),
        ],
        [turn_detector.problems, worker.problems],
        [worker.drain],
    )


def _check_prices(settings: MediaAgentSettings, at: datetime) -> None:
    """At the start: for a model without a price nothing could be held in a meeting."""
    second, character = Quantity.seconds(1), Quantity.characters(1)
    asked = [(name, second) for name in settings.stt_order]
    asked += [(name, character) for name in (*settings.tts_order, *settings.premium_tts_order)]
    for name, quantity in asked:
        if name != LOCAL_SPEECH:
            price(Model(name, settings.speech_model(name)), quantity, at)
