"""The media agent as a process of its own beside a private LiveKit server; a router played by hand.

with agent_process(livekit) as process:
    async with process.used() as agent:
        room = await agent.room("weekly")
        async with agent.met(room, "Ann") as ann:
            await ann.say(await spoken("What does it cost?"))
            turn = await agent.asked(room)
            await agent.answer(room, turn, "It costs forty euros.")
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

import httpx
import psutil
from livekit import api
from redis.asyncio import Redis

from cli.bench.meeting.participant import Participant, in_room
from contracts.conversation import TurnTaken
from contracts.fact import Envelope, Fact
from contracts.feed import FEED_ENTRY, FeedEntry
from contracts.ids import SessionId, TenantId
from contracts.rooms import AGENT_NAME, Dispatch, RoomName
from contracts.streams import feed_key, stream_key
from contracts.tenants import TenantConfig, TenantState, config_key
from runtime.auth import sign
from runtime.bus import provision_streams
from runtime.bus.envelopes import BODY, parse_envelope
from runtime.clock import SystemClock
from runtime.feed import FeedWriter
from runtime.ids import new_id
from support.eventually import eventually
from support.livekit.server import PrivateLiveKit
from support.meeting.entries import accepted, concluded
from support.servers import as_service, private_data_dir, private_valkey, redis_users_made

F = TypeVar("F", bound=Fact)
TOKEN = "a-token-between-services-of-tests"
READY_TIMEOUT_S = 60
HEARD_TIMEOUT_S = 40


@dataclass(frozen=True)
class Room:
    """A room and its session."""

    name: str
    tenant_id: TenantId
    session_id: SessionId
    dispatch: Dispatch


@dataclass
class LiveAgent:
    """What a test does with it."""

    livekit: PrivateLiveKit
    redis: Redis
    process: subprocess.Popen[bytes]
    port: int
    log: Path
    answered: set[str] = field(default_factory=set[str])

    async def room(self, slug: str, **config: Any) -> Room:
        """A new room of a new tenant, who is configured so; says no welcome unless told."""
        tenant_id = TenantId(f"t-{slug}")
        state = TenantState(
            tenant_id=tenant_id,
            name=slug,
            tier="professional",
            version=1,
            config=TenantConfig.model_validate({"welcome": ""} | config),
        )
        await self.redis.set(config_key(tenant_id), state.model_dump_json())
        session_id = SessionId(new_id())
        name = str(RoomName(tenant_id, slug))
        dispatch = Dispatch(
            tenant_id=tenant_id,
            session_id=session_id,
            room=name,
            opened_at=SystemClock().now(),
            title=slug,
        )
        return Room(name, tenant_id, session_id, dispatch)

    async def dispatch(self, room: Room, metadata: str | None = None) -> None:
        """As the gateway does; `metadata` in place of what it would sign."""
        signed = sign(room.dispatch.model_dump_json(), purpose="dispatch", secret=TOKEN)
        request = api.CreateAgentDispatchRequest(
            agent_name=AGENT_NAME, room=room.name, metadata=metadata or signed
        )
        async with self.livekit.api() as lk:
            await lk.agent_dispatch.create_dispatch(request)

    @asynccontextmanager
    async def person(self, room: Room, name: str) -> AsyncGenerator[Participant]:
        token = self.livekit.token(room.name, name.lower(), name=name)
        async with in_room(self.livekit.url, token) as person:
            yield person

    @asynccontextmanager
    async def met(self, room: Room, name: str = "Ann") -> AsyncGenerator[Participant]:
        """A person in a room with its agent, who listens."""
        async with self.person(room, name) as person:
            await person.turn_on_microphone()
            await self.dispatch(room)
            await person.agent_comes(timeout_s=20)
            await until_listened_to()
            yield person

    async def facts(self, room: Room, kind: type[F]) -> list[F]:
        """Of a session so far, each once."""
        raw = cast("Any", self.redis)
        rows = await raw.xrange(stream_key(kind.event_type, 0))
        events = [parse_envelope(kind.event_type, fields[BODY]) for _, fields in rows]
        mine: dict[Any, Envelope[Any]] = {
            event.id: event for event in events if event.session_id == room.session_id
        }
        return [event.data for event in mine.values()]

    async def feed(self, room: Room, kind: str) -> list[Any]:
        raw = cast("Any", self.redis)
        rows = await raw.xrange(feed_key(str(room.session_id), 0))
        entries = [FEED_ENTRY.validate_json(fields[b"e"]) for _, fields in rows]
        return [entry for entry in entries if entry.kind == kind]

    async def asked(self, room: Room, *, timeout_s: float = HEARD_TIMEOUT_S) -> TurnTaken:
        """Wait for the next turn that was not waited for before."""

        async def newest() -> TurnTaken | None:
            turns = await self.facts(room, TurnTaken)
            new = [turn for turn in turns if str(turn.turn_id) not in self.answered]
            return new[0] if new else None

        turn = await eventually(newest, timeout_s=timeout_s)
        assert turn is not None
        self.answered.add(str(turn.turn_id))
        return turn

    async def done_with_feed(self, room: Room, *, agents: int) -> bool:
        """Has the last of so many agents begun, and is it done with all that the feed says?"""
        raw = cast("Any", self.redis)
        [(newest, _)] = await raw.xrevrange(feed_key(str(room.session_id), 0), count=1)
        position = await self.redis.get(f"meeting:{room.session_id}:position")
        return position == newest and len(await self.feed(room, "started")) == agents

    async def tell(self, room: Room, *entries: FeedEntry) -> None:
        """As the router does."""
        await FeedWriter(self.redis).write(room.session_id, *entries)

    async def answer(self, room: Room, turn: TurnTaken, text: str) -> None:
        await self.tell(room, accepted(turn, text), concluded(turn, text))

    @property
    def jobs(self) -> list[psutil.Process]:
        """Processes that attend a room, or wait for one."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in children if "forkserver" in " ".join(child.cmdline())]

    async def ready(self) -> list[str]:
        """Problems that readiness names."""
        async with httpx.AsyncClient(timeout=10) as client:
            reply = await client.get(f"http://127.0.0.1:{self.port}/health/ready")
        return reply.json()["problems"]

    async def metric(self, name: str) -> float | None:
        async with httpx.AsyncClient(timeout=10) as client:
            reply = await client.get(f"http://127.0.0.1:{self.port}/metrics")
        values = [line for line in reply.text.splitlines() if line.startswith(f"{name} ")]
        return float(values[0].split()[1]) if values else None

    def logged(self) -> list[dict[str, Any]]:
        return [
            json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")
        ]


async def until_listened_to() -> None:
    """Somebody has come, or an agent has: sessions of LiveKit do not tell when they listen."""
    await asyncio.sleep(1)


class AgentProcess:
    """The service, from its start to its end; each test makes its own `LiveAgent` of it."""

    def __init__(
        self, livekit: PrivateLiveKit, redis_url: str, folder: Path, **settings: str
    ) -> None:
        self.livekit, self.redis_url, self.folder = livekit, redis_url, folder
        self.log, self._port_file = folder / "log", folder / "port"
        environment = os.environ | {  # noqa: TID251 - of a process that a test starts
            "REDIS_URL": as_service(redis_url, "media-agent"),
            "FILES_DIR": str(folder),
            "SERVICE_TOKEN": TOKEN,
            "PORT_FILE": str(self._port_file),
            "LIVEKIT_URL": livekit.url,
            "LIVEKIT_API_KEY": livekit.api_key,
            "LIVEKIT_API_SECRET": livekit.api_secret,
            "DRAIN_S": "60",
            **settings,
        }
        with self.log.open("ab") as errors:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "media_agent"], env=environment, stderr=errors
            )

    @asynccontextmanager
    async def used(self, *, ready: bool = True) -> AsyncGenerator[LiveAgent]:
        """Once it serves, and once it has registered with LiveKit unless it cannot."""
        await eventually(
            lambda: self._port_file.exists() and self._port_file.read_text(),
            timeout_s=READY_TIMEOUT_S,
        )
        raw = Redis.from_url(self.redis_url)  # pyright: ignore[reportUnknownMemberType] - untyped **kwargs
        port = int(self._port_file.read_text())
        agent = LiveAgent(self.livekit, raw, self.popen, port, self.log)
        try:
            if ready:
                await eventually(agent.ready, equals=[], timeout_s=READY_TIMEOUT_S)
            yield agent
        finally:
            await raw.aclose()

    def stop(self) -> int:
        """As an operator does; the exit code."""
        self.popen.send_signal(signal.SIGTERM)
        try:
            return self.popen.wait(90)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            return self.popen.wait()


async def _provision(redis_url: str) -> None:
    redis = Redis.from_url(redis_url)  # pyright: ignore[reportUnknownMemberType] - untyped **kwargs
    await provision_streams(redis, shards=1)
    await redis_users_made(redis_url)
    await redis.aclose()


@contextmanager
def agent_process(livekit: PrivateLiveKit, **settings: str) -> Generator[AgentProcess]:
    """A media agent with a Redis of its own, beside the server."""
    with private_valkey() as redis_url, private_data_dir() as folder:
        asyncio.run(_provision(redis_url))
        process = AgentProcess(livekit, redis_url, folder, **settings)
        try:
            yield process
        finally:
            process.stop()
