"""What takes live meetings, each into a process of its own. Imported only where there are any."""

import asyncio
import gc
from functools import partial
from pathlib import Path

import cv2
import uvloop
from livekit.agents import JobContext, JobProcess
from redis.asyncio import Redis

from media_agent.adapters.livekit.dispatch import read_dispatch
from media_agent.adapters.livekit.job import run_job
from media_agent.adapters.livekit.job_processes import speech_socket
from media_agent.adapters.livekit.logs import keep_content_out
from media_agent.adapters.livekit.worker import Capacity, Jobs, LiveKitAccess, LiveKitWorker
from media_agent.adapters.redis_coordination import announce_worker
from media_agent.main.meeting import attend_meeting
from media_agent.settings import MediaAgentSettings
from runtime.settings import InvalidSettingsError, read_settings, required


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
    await run_job(ctx, partial(attend_meeting, ctx, dispatch, settings, speech_at))
