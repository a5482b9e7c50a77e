"""The media agent as a LiveKit worker: takes rooms, each in a process of its own."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, cast

from livekit.agents import (
    AgentServer,
    JobContext,
    JobExecutorType,
    JobProcess,
    JobRequest,
)

from contracts.errors import RejectedError, UnavailableError
from contracts.rooms import AGENT_NAME
from media_agent.adapters.livekit.dispatch import read_dispatch
from media_agent.adapters.livekit.job import JOB_TIMEOUT_S
from runtime.telemetry import metrics

log = logging.getLogger(__name__)

FOR_EVER: Final = 2**31
FULL_LOAD: Final = 0.7
"""From this on livekit-server asks a worker no more (its agents.target_load): at 1 for a full
worker, one of ten rooms would be asked for seven."""
STOP_TIMEOUT_S: Final = 20.0
COUNT_EVERY_S: Final = 1.0
LAUNCH_TIMEOUT_S: Final = 15.0


@dataclass(frozen=True)
class LiveKitAccess:
    """Where the server is, and who we are there."""

    url: str
    api_key: str
    api_secret: str


@dataclass(frozen=True)
class Capacity:
    """How much a worker takes on.

    Attributes:
        rooms: at once; more are declined, for other workers.
        idle_jobs: processes that wait for a room.
        drain_s: how long live meetings may go on after SIGTERM.
    """

    rooms: int
    idle_jobs: int
    drain_s: float


@dataclass(frozen=True)
class Jobs:
    """What the processes are that attend rooms.

    Attributes:
        attend: what a job does; it and `prewarm` travel to the job's process by name.
        prewarm: what a job's process does before it has one.
    """

    attend: Callable[[JobContext], Awaitable[None]]
    prewarm: Callable[[JobProcess], None]


class LiveKitWorker:
    """Runs for the life of the service, with or without a server to talk to."""

    def __init__(
        self,
        access: LiveKitAccess,
        capacity: Capacity,
        jobs: Jobs,
        *,
        secret: str,
        announce: Callable[[], Awaitable[None]],
    ) -> None:
        """Bind.

        Args:
            access: to the server.
            capacity: how much it takes on.
            jobs: what its processes run.
            secret: that dispatches are signed with.
            announce: tells that LiveKit knows this worker, now or again. When it raises
                UnavailableError, a room waits some seconds longer for its agent.
        """
        self._secret, self._capacity = secret, capacity
        self._announce, self._registered = announce, asyncio.Event()
        self._accepting: set[str] = set()
        self._closing, self._has_run = False, False
        self._access, self._jobs = access, jobs
        self._server = self._new_server()

    def _new_server(self) -> AgentServer:
        access, capacity, jobs = self._access, self._capacity, self._jobs
        server = AgentServer(
            ws_url=access.url,
            api_key=access.api_key,
            api_secret=access.api_secret,
            job_executor_type=JobExecutorType.PROCESS,
            setup_fnc=jobs.prewarm,
            load_fnc=self._load,
            # Rooms are counted here, when one is asked for; the framework's estimate of jobs that
            # are just being launched would decline rooms that fit.
            load_threshold=float("inf"),
            num_idle_processes=capacity.idle_jobs,
            max_retry=FOR_EVER,
            drain_timeout=max(1, round(capacity.drain_s)),
            shutdown_process_timeout=JOB_TIMEOUT_S,
            initialize_process_timeout=LAUNCH_TIMEOUT_S,
            host="127.0.0.1",
            port=0,
            preload_modules=["media_agent.main.live"],
        )
        # The types of its events are partial.
        cast("Any", server).on("worker_registered", self._on_registered)
        server.rtc_session(jobs.attend, agent_name=AGENT_NAME, on_request=self._on_request)
        return server

    async def run(self) -> None:
        """Until cancelled. Again after a failure, with a worker of the framework that is new."""
        if self._has_run:
            self._server = self._new_server()
        self._has_run = True
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._count_rooms())
            tasks.create_task(self._announce_registrations())
            try:
                await self._server.run()
            finally:
                if not self._closing:
                    await self._close()
            await asyncio.Event().wait()  # drained; the service ends the rest

    async def drain(self) -> None:
        """Take no more rooms; live meetings may go on for `drain_s`, then they are left."""
        self._closing = True
        try:
            await self._server.drain(timeout=max(1, round(self._capacity.drain_s)))
        except TimeoutError:
            log.warning("livekit.meetings_left", extra={"rooms": len(self._server.active_jobs)})
        await self._close()

    async def problems(self) -> list[str]:
        """For readiness."""
        return [] if self._is_registered else ["the LiveKit server does not answer; is it up?"]

    @property
    def _is_registered(self) -> bool:
        """The framework tells when it is registered, but not when it is no more."""
        server = cast("Any", self._server)
        return self._server.id != "unregistered" and not server._connecting

    async def _close(self) -> None:
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await self._server.aclose()
        except TimeoutError:
            log.error("livekit.not_closed")  # noqa: TRY400 - jobs end with this process

    def _on_registered(self, *_: object) -> None:
        self._registered.set()

    async def _announce_registrations(self) -> None:
        while True:
            await self._registered.wait()
            self._registered.clear()
            try:
                await self._announce()
            except UnavailableError as error:
                log.warning("livekit.not_announced", extra={"code": error.code})

    async def _count_rooms(self) -> None:
        while True:
            rooms = 0 if self._server.id == "unregistered" else len(self._server.active_jobs)
            metrics.set("livekit_active_rooms", rooms)
            await asyncio.sleep(COUNT_EVERY_S)

    def _load(self, server: AgentServer) -> float:
        return FULL_LOAD * min(1.0, len(server.active_jobs) / self._capacity.rooms)

    async def _on_request(self, request: JobRequest) -> None:
        """A room wants an agent."""
        try:
            read_dispatch(request.job.metadata, request.room.name, secret=self._secret)
        except RejectedError as error:
            log.warning("livekit.dispatch_refused", extra={"code": error.code})
            await request.reject()
            return
        active = {job.job.id for job in self._server.active_jobs}
        self._accepting -= active
        if len(active) + len(self._accepting) >= self._capacity.rooms:
            log.warning("livekit.full", extra={"rooms": len(active)})
            await request.reject(terminate=False)
            return
        self._accepting.add(request.id)
        try:
            await request.accept()
        finally:
            self._accepting.discard(request.id)
