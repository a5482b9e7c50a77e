"""What the media agent is made of."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import cv2
from livekit.agents import JobContext, JobProcess

from contracts.ids import SessionId
from contracts.rooms import Dispatch
from contracts.sessions import RecordingUploaded
from contracts.tenants import TenantState, config_key
from local_models.speech_to_text import Whisper
from local_models.voice_activity import SileroVad
from media_agent.adapters.jpeg import to_jpeg
from media_agent.adapters.live_speech import LiveSpeech, SpeechFor
from media_agent.adapters.livekit_logs import keep_content_out
from media_agent.adapters.livekit_meeting import LiveKitRoom
from media_agent.adapters.livekit_sessions import PersonsEar, RoomsVoice
from media_agent.adapters.livekit_worker import (
    Capacity,
    LiveKitAccess,
    LiveKitWorker,
    read_dispatch,
    until_shut_down,
)
from media_agent.adapters.local_speech import LocalEar, LocalVoice
from media_agent.adapters.meeting_memory import RedisMemory
from media_agent.adapters.recording_file import RecordingFile
from media_agent.adapters.screen_share import ScreenShares
from media_agent.adapters.speech_server import SpeechServer, speech_socket
from media_agent.domain.gates import new_gate, rates_of
from media_agent.handlers import Stage, on_recording_given_up, on_recording_uploaded
from media_agent.handlers.live.chronicle import Chronicle
from media_agent.handlers.live.meeting import Company, Meeting
from media_agent.handlers.live.till import Till
from media_agent.handlers.live.troubles import Troubles
from media_agent.handlers.live.watching import Lens, Watcher
from media_agent.handlers.reel import Projector
from media_agent.settings import LOCAL_SPEECH, MediaAgentSettings
from runtime.blobs import RedisBlobs
from runtime.bus import Publisher, Reader
from runtime.clock import Clock, SystemClock
from runtime.feed import FeedItem, FeedReader, FeedWriter
from runtime.files import FolderFiles
from runtime.latest import Latest
from runtime.redis_client import connect_redis
from runtime.service import Service
from runtime.settings import InvalidSettingsError, read_settings, required
from spending import Accounts, Model, Quantity, Spending, price

__all__ = ["build", "load_detector", "load_transcriber", "open_recording", "to_jpeg"]


def build(settings: MediaAgentSettings, clock: Clock) -> Service:
    """Everything the media agent is made of; what a live meeting is made of, `live` says.

    Raises:
        RejectedError: a speech provider's model has no price.
    """
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
    resources: list[AbstractAsyncContextManager[Any]] = [redis, ear, voice]
    worker = None if settings.livekit_url is None else _worker(settings, settings.livekit_url)
    if worker is not None:
        _check_prices(settings, clock.now())
        # For the jobs of live meetings, which hold no model; they are told its path.
        resources.append(SpeechServer(ear, voice, path=speech_socket()))
    return Service(
        "media-agent",
        settings,
        clock,
        reads={RecordingUploaded: recordings},
        resources=resources,
        tasks=[feed.run, spending.run, *([] if worker is None else [worker.run])],
        checks=[] if worker is None else [worker.problems],
        drains=[] if worker is None else [worker.drain],
    )


def _worker(settings: MediaAgentSettings, url: str) -> LiveKitWorker:
    keep_content_out()
    if not settings.livekit_api_key:
        raise InvalidSettingsError("LIVEKIT_API_KEY: must be set where LIVEKIT_URL is")
    return LiveKitWorker(
        LiveKitAccess(
            url,
            settings.livekit_api_key,
            required(settings.livekit_api_secret, "LIVEKIT_API_SECRET"),
        ),
        Capacity(settings.max_rooms, settings.idle_jobs, settings.drain_s),
        secret=required(settings.service_token, "SERVICE_TOKEN"),
        attend=partial(attend, speech_at=speech_socket()),
        prewarm=prewarm,
    )


def prewarm(_process: JobProcess) -> None:
    """In a job's process, before it has a meeting."""
    keep_content_out()
    cv2.setNumThreads(1)


async def attend(ctx: JobContext, *, speech_at: Path) -> None:
    """A job: one live meeting, in a process of its own, which reads the settings anew.

    Args:
        ctx: of the job.
        speech_at: socket of the machine's speech process.
    """
    settings = read_settings(MediaAgentSettings)
    secret = required(settings.service_token, "SERVICE_TOKEN")
    dispatch = read_dispatch(ctx.job.metadata, ctx.job.room.name, secret=secret)
    await until_shut_down(ctx, partial(live, ctx, dispatch, settings, speech_at))


async def live(
    ctx: JobContext,
    dispatch: Dispatch,
    settings: MediaAgentSettings,
    speech_at: Path,
    stop: asyncio.Event,
) -> None:
    """Everything a live meeting is made of, and its life."""
    clock, shards = SystemClock(), settings.stream_shards
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(connect_redis(settings.redis_url))
        publisher = Publisher(redis, shards=shards)
        tell = FeedWriter(redis, shards=shards).write
        chronicle = Chronicle(dispatch, publish=publisher.publish, tell=tell, clock=clock)
        await stack.enter_async_context(chronicle.running())
        tenants = Latest(redis, TenantState.model_validate_json, clock)
        tenant = partial(tenants.get, config_key(dispatch.tenant_id))
        state, troubles = await tenant(), Troubles()
        spending = Spending("media-agent", Accounts(redis), publisher.publish, clock)
        speech = LiveSpeech(
            settings,
            SpeechFor(
                now_ms=chronicle.now_ms,
                premium=state is not None and state.limits.premium_voice,
                on_problem=troubles.tell,
            ),
            socket=speech_at,
            till=Till(spending, chronicle.envelope(chronicle.beginning), clock),
        )
        await stack.enter_async_context(speech)
        watcher = Watcher(chronicle, RedisBlobs(redis), _lens(settings), clock)
        await stack.enter_async_context(watcher)
        shares = ScreenShares(ctx.room, chronicle.now_ms, seeing=False)
        room = LiveKitRoom(
            ctx.room,
            connect=ctx.connect,
            new_ear=lambda person, events: PersonsEar(
                ctx.room,
                person,
                words=speech.ear(person.identity),
                activity=speech.vad,
                events=events,
                at_ms=chronicle.at_ms,
            ),
            new_voice=lambda: RoomsVoice(ctx.room, speech.voice()),
            see=shares.see,
        )
        feed = FeedReader(settings.redis_url, shards=shards)
        company = Company(
            room=room,
            chronicle=chronicle,
            memory=RedisMemory(
                redis,
                session_id=dispatch.session_id,
                room=dispatch.room,
                identity=ctx.local_participant_identity,
            ),
            follow=lambda session_id, after: feed.follow(session_id, after=after),
            newest=feed.newest,
            tenant=tenant,
            screens=watcher,
            troubles=troubles,
            clock=clock,
            filler_after_s=settings.filler_after_ms / 1000,
        )
        meeting = Meeting(company)
        async with asyncio.TaskGroup() as tasks:
            background = [tasks.create_task(feed.run())]
            async with room.attended(meeting):
                background.append(tasks.create_task(shares.run(watcher.share)))
                await meeting.run(stop)
            for task in background:
                task.cancel()


def _lens(settings: MediaAgentSettings) -> Lens:
    mode = settings.gate_mode
    rates = rates_of(mode, busy=settings.fps_busy, idle=settings.fps_idle)
    return Lens(partial(new_gate, mode), to_jpeg, rates)


def _check_prices(settings: MediaAgentSettings, at: datetime) -> None:
    """At the start: for a model without a price nothing could be held in a meeting."""
    second, character = Quantity.seconds(1), Quantity.characters(1)
    asked = [(name, second) for name in settings.ears]
    asked += [(name, character) for name in (*settings.voices, *settings.premium_voices)]
    for name, quantity in asked:
        if name != LOCAL_SPEECH:
            price(Model(name, settings.speech_model(name)), quantity, at)


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
