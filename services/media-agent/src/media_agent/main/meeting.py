"""What a live meeting is made of. Imported only where there are live meetings."""

from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from livekit.agents import JobContext
from redis.asyncio import Redis

from contracts.rooms import Dispatch
from contracts.tenants import TenantState, config_key
from media_agent.adapters.live_speech import LiveSpeech, SpeechContext
from media_agent.adapters.livekit.job import JobLifecycle
from media_agent.adapters.livekit.participant_listener import ParticipantListener
from media_agent.adapters.livekit.room import LiveKitRoom
from media_agent.adapters.livekit.room_speaker import RoomSpeaker
from media_agent.adapters.livekit.screen_share import ScreenShares
from media_agent.adapters.metered_live_speech import LiveSpeechMeter
from media_agent.adapters.redis_coordination import RedisCoordination
from media_agent.adapters.video.jpeg import to_jpeg
from media_agent.domain.conversation.people import Person
from media_agent.domain.gate.gates import new_gate, rates_of
from media_agent.live.deps import MeetingDeps
from media_agent.live.meeting import Meeting
from media_agent.live.outbox import LiveOutbox
from media_agent.live.screen.screen_watcher import ScreenWatcherDeps, SharedScreenWatcher
from media_agent.live.speech_problems import SpeechProblems
from media_agent.meeting.background import background
from media_agent.ports.room import RoomEvents
from media_agent.settings import MediaAgentSettings
from runtime.blobs import RedisBlobs
from runtime.bus import Publisher
from runtime.clock import Clock, SystemClock
from runtime.feed import FeedReader, FeedWriter
from runtime.latest import Latest
from runtime.redis_client import connect_redis
from spending import Accounts, BudgetSteps, Spending, UsageRecorder


async def attend_meeting(
    ctx: JobContext,
    dispatch: Dispatch,
    settings: MediaAgentSettings,
    speech_at: Path,
    lifecycle: JobLifecycle,
) -> None:
    """Everything a live meeting is made of, and its life."""
    clock, problems = SystemClock(), SpeechProblems()
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(connect_redis(settings.redis_url))
        outbox = _outbox(dispatch, settings, redis, clock)
        await stack.enter_async_context(outbox.running())
        latest = Latest(redis, TenantState.model_validate_json, clock)
        tenant = partial(latest.get, config_key(dispatch.tenant_id))
        usage = await stack.enter_async_context(_usage(settings, redis, outbox, clock))
        context = SpeechContext(
            meter=LiveSpeechMeter(usage, outbox.now_ms),
            clock=clock,
            premium=_has_premium(await tenant()),
            on_problem=problems.report,
        )
        speech = LiveSpeech(settings, context, socket=speech_at)
        await stack.enter_async_context(speech)
        screens = SharedScreenWatcher(outbox, RedisBlobs(redis), _watcher_deps(settings), clock)
        await stack.enter_async_context(screens)
        shares = ScreenShares(ctx.room, outbox.now_ms, seeing=False)
        room = _room(ctx, lifecycle, speech=speech, shares=shares, outbox=outbox)
        feed = FeedReader(settings.redis_url, shards=settings.stream_shards)
        meeting = Meeting(
            MeetingDeps(
                room=room,
                outbox=outbox,
                coordination=_coordination(ctx, dispatch, redis),
                follow=lambda session_id, after: feed.follow(session_id, after=after),
                newest=feed.newest,
                tenant=tenant,
                screens=screens,
                speech=speech,
                speech_problems=problems,
                budget_step=partial(BudgetSteps(redis, clock).step, dispatch.tenant_id),
                clock=clock,
                filler_after_s=settings.filler_after_ms / 1000,
            )
        )
        watch_shares = partial(shares.run, screens.share)
        async with background(feed.run), room.attended(meeting), background(watch_shares):
            await meeting.run(lifecycle.stop)


def _outbox(
    dispatch: Dispatch, settings: MediaAgentSettings, redis: Redis, clock: Clock
) -> LiveOutbox:
    shards = settings.stream_shards
    return LiveOutbox(
        dispatch,
        publish=Publisher(redis, shards=shards).publish,
        tell=FeedWriter(redis, shards=shards).write,
        clock=clock,
    )


def _usage(
    settings: MediaAgentSettings, redis: Redis, outbox: LiveOutbox, clock: Clock
) -> UsageRecorder:
    publisher = Publisher(redis, shards=settings.stream_shards)
    spending = Spending("media-agent", Accounts(redis), publisher.publish, clock)
    return UsageRecorder(spending, outbox.envelope(outbox.beginning), clock)


def _has_premium(tenant: TenantState | None) -> bool:
    return tenant is not None and tenant.limits.premium_voice


def _room(
    ctx: JobContext,
    lifecycle: JobLifecycle,
    *,
    speech: LiveSpeech,
    shares: ScreenShares,
    outbox: LiveOutbox,
) -> LiveKitRoom:
    async def connect() -> None:
        await ctx.connect()
        lifecycle.connected.set()

    def listen(person: Person, events: RoomEvents) -> ParticipantListener:
        return ParticipantListener(
            ctx.room,
            person,
            speech_to_text=speech.stt(person.identity),
            events=events,
            at_ms=outbox.at_ms,
        )

    return LiveKitRoom(
        ctx.room,
        connect=connect,
        new_listener=listen,
        new_speaker=lambda: RoomSpeaker(ctx.room, speech.tts()),
        see=shares.see,
    )


def _coordination(ctx: JobContext, dispatch: Dispatch, redis: Redis) -> RedisCoordination:
    return RedisCoordination(
        redis,
        session_id=dispatch.session_id,
        room=dispatch.room,
        identity=ctx.local_participant_identity,
    )


def _watcher_deps(settings: MediaAgentSettings) -> ScreenWatcherDeps:
    mode = settings.gate_mode
    rates = rates_of(mode, busy=settings.fps_busy, idle=settings.fps_idle)
    return ScreenWatcherDeps(partial(new_gate, mode), to_jpeg, rates)
