"""What a live meeting is made of. Imported only where there are live meetings."""

import asyncio
import gc
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import cv2
import uvloop
from livekit.agents import JobContext, JobProcess
from redis.asyncio import Redis

from contracts.rooms import Dispatch
from contracts.tenants import TenantState, config_key
from media_agent.adapters.live_speech import LiveSpeech, SpeechContext
from media_agent.adapters.livekit.dispatch import read_dispatch
from media_agent.adapters.livekit.job import JobLifecycle, run_job
from media_agent.adapters.livekit.job_processes import speech_socket
from media_agent.adapters.livekit.logs import keep_content_out
from media_agent.adapters.livekit.participant_listener import ParticipantListener
from media_agent.adapters.livekit.room import LiveKitRoom
from media_agent.adapters.livekit.room_speaker import RoomSpeaker
from media_agent.adapters.livekit.screen_share import ScreenShares
from media_agent.adapters.livekit.worker import Capacity, Jobs, LiveKitAccess, LiveKitWorker
from media_agent.adapters.metered_live_speech import LiveSpeechMeter
from media_agent.adapters.redis_coordination import RedisCoordination, announce_worker
from media_agent.adapters.video.jpeg import to_jpeg
from media_agent.domain.gates import new_gate, rates_of
from media_agent.live.meeting import Meeting, MeetingDeps
from media_agent.live.outbox import Outbox
from media_agent.live.screen_watcher import ScreenWatcherDeps, Watcher
from media_agent.live.speech_status import ProviderStatusAnnouncer
from media_agent.settings import MediaAgentSettings
from runtime.blobs import RedisBlobs
from runtime.bus import Publisher
from runtime.clock import SystemClock
from runtime.feed import FeedReader, FeedWriter
from runtime.latest import Latest
from runtime.redis_client import connect_redis
from runtime.settings import InvalidSettingsError, read_settings, required
from spending import Accounts, Spending, UsageRecorder


def make_worker(settings: MediaAgentSettings, url: str, redis: Redis) -> LiveKitWorker:
    """What takes rooms on this service's behalf.

    Args:
        settings: of the service.
        url: of the LiveKit server.
        redis: of the service.

    Raises:
        InvalidSettingsError: a key or a secret is missing.
    """
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
        Jobs(partial(attend, speech_at=speech_socket()), prewarm),
        secret=required(settings.service_token, "SERVICE_TOKEN"),
        announce=partial(announce_worker, redis),
    )


def prewarm(_process: JobProcess) -> None:
    """In a job's process, before it has a meeting."""
    keep_content_out()
    cv2.setNumThreads(1)
    # Deprecated, but the framework makes a job's loop by the policy and in no other way.
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())  # pyright: ignore[reportDeprecated]
    # What is imported stays: a full collection looked through all of it and held up the event
    # loop, and with it what is being said, for 0.1 to 0.7 s.
    gc.collect()
    gc.freeze()


async def attend(ctx: JobContext, *, speech_at: Path) -> None:
    """A job: one live meeting, in a process of its own, which reads the settings anew.

    Args:
        ctx: of the job.
        speech_at: socket of the machine's speech process.
    """
    settings = read_settings(MediaAgentSettings)
    secret = required(settings.service_token, "SERVICE_TOKEN")
    dispatch = read_dispatch(ctx.job.metadata, ctx.job.room.name, secret=secret)
    await run_job(ctx, partial(live, ctx, dispatch, settings, speech_at))


async def live(
    ctx: JobContext,
    dispatch: Dispatch,
    settings: MediaAgentSettings,
    speech_at: Path,
    lifecycle: JobLifecycle,
) -> None:
    """Everything a live meeting is made of, and its life."""

    async def connect() -> None:
        await ctx.connect()
        lifecycle.connected.set()

    clock, shards = SystemClock(), settings.stream_shards
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(connect_redis(settings.redis_url))
        publisher = Publisher(redis, shards=shards)
        tell = FeedWriter(redis, shards=shards).write
        outbox = Outbox(dispatch, publish=publisher.publish, tell=tell, clock=clock)
        await stack.enter_async_context(outbox.running())
        tenants = Latest(redis, TenantState.model_validate_json, clock)
        tenant = partial(tenants.get, config_key(dispatch.tenant_id))
        state, speech_status = await tenant(), ProviderStatusAnnouncer()
        spending = Spending("media-agent", Accounts(redis), publisher.publish, clock)
        usage = UsageRecorder(spending, outbox.envelope(outbox.beginning), clock)
        await stack.enter_async_context(usage)
        speech = LiveSpeech(
            settings,
            SpeechContext(
                meter=LiveSpeechMeter(usage, outbox.now_ms),
                clock=clock,
                premium=state is not None and state.limits.premium_voice,
                on_problem=speech_status.tell,
            ),
            socket=speech_at,
        )
        await stack.enter_async_context(speech)
        watcher = Watcher(outbox, RedisBlobs(redis), _watcher_deps(settings), clock)
        await stack.enter_async_context(watcher)
        shares = ScreenShares(ctx.room, outbox.now_ms, seeing=False)
        room = LiveKitRoom(
            ctx.room,
            connect=connect,
            new_listener=lambda person, events: ParticipantListener(
                ctx.room,
                person,
                speech_to_text=speech.stt(person.identity),
                events=events,
                at_ms=outbox.at_ms,
            ),
            new_speaker=lambda: RoomSpeaker(ctx.room, speech.tts()),
            see=shares.see,
        )
        feed = FeedReader(settings.redis_url, shards=shards)
        deps = MeetingDeps(
            room=room,
            outbox=outbox,
            coordination=RedisCoordination(
                redis,
                session_id=dispatch.session_id,
                room=dispatch.room,
                identity=ctx.local_participant_identity,
            ),
            follow=lambda session_id, after: feed.follow(session_id, after=after),
            newest=feed.newest,
            tenant=tenant,
            screens=watcher,
            speech_status=speech_status,
            clock=clock,
            filler_after_s=settings.filler_after_ms / 1000,
        )
        meeting = Meeting(deps)
        async with asyncio.TaskGroup() as tasks:
            background = [tasks.create_task(feed.run())]
            async with room.attended(meeting):
                background.append(tasks.create_task(shares.run(watcher.share)))
                await meeting.run(lifecycle.stop)
            for task in background:
                task.cancel()


def _watcher_deps(settings: MediaAgentSettings) -> ScreenWatcherDeps:
    mode = settings.gate_mode
    rates = rates_of(mode, busy=settings.fps_busy, idle=settings.fps_idle)
    return ScreenWatcherDeps(partial(new_gate, mode), to_jpeg, rates)
