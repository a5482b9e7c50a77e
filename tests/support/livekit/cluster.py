"""The whole embedded cluster with its own livekit-server; what people do at its front door.

with live_cluster() as cluster:
    room = await cluster.open_room("Weekly")
    async with cluster.person(room, "Ann") as ann:
        await ann.say(await spoken("What does it cost?"))
"""

import json
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psutil

from cli.bench.meeting.participant import Participant, in_room
from cli.embedded.processes import Launch, free_port, spawn, stop
from support.eventually import eventually
from support.gateway.watching import Cluster
from support.livekit.server import require_livekit
from support.servers import private_data_dir

ANSWER_TIMEOUT_S = 30
READY_TIMEOUT_S = 120
COMMAND_TIMEOUT_S = 60


class LiveCluster(Cluster):
    """`parley up --livekit`, asked over HTTP with its tenant's key."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        super().__init__(data_dir, "--livekit")

    def client(self, *, known: bool = True) -> httpx.AsyncClient:
        """Asks the gateway; `known` with the demo tenant's key, else as anybody."""
        headers = {"Authorization": f"Bearer {self.key}"} if known else {}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=ANSWER_TIMEOUT_S)

    async def open_room(self, title: str = "", **wanted: Any) -> dict[str, Any]:
        """The new room's state (contracts.http.rooms.RoomState)."""
        async with self.client() as client:
            opened = await client.post("/v1/rooms", json={"title": title, **wanted})
        assert opened.is_success, opened.text
        return opened.json()

    async def join(self, room: dict[str, Any], name: str) -> dict[str, Any]:
        """As a guest who has the room's link: a ticket (contracts.http.rooms.JoinTicket)."""
        invite = room["join_url"].partition("#invite=")[2]
        async with self.client(known=False) as client:
            body = {"invite": invite, "name": name, "consent": True}
            joined = await client.post("/v1/meet/join", json=body)
        assert joined.is_success, joined.text
        return joined.json()

    @asynccontextmanager
    async def person(self, room: dict[str, Any], name: str) -> AsyncGenerator[Participant]:
        """Somebody who opens the link and joins."""
        ticket = await self.join(room, name)
        async with in_room(ticket["livekit_url"], ticket["token"]) as person:
            yield person

    async def summary(self, session_id: str) -> dict[str, Any]:
        """Of a session: transcript, questions with their sources, cost."""
        async with self.client() as client:
            told = await client.get(f"/v1/sessions/{session_id}/summary")
        assert told.is_success, told.text
        return told.json()

    async def configure(self, **config: Any) -> None:
        """Change the tenant's configuration; what is not named stays."""
        async with self.client() as client:
            kept = (await client.get("/v1/tenant")).raise_for_status().json()["config"]
            put = await client.put("/v1/tenant/config", json=kept | config)
        assert put.is_success, put.text

    def parley(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Another command, for this cluster."""
        return subprocess.run(
            [sys.executable, "-m", "cli", *words, "--data-dir", str(self.data_dir)],
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )

    def process(self, fits: Callable[[list[str]], bool]) -> psutil.Process:
        """The one child of the cluster whose command line fits."""
        [found] = self.processes(fits)
        return found

    def processes(self, fits: Callable[[list[str]], bool]) -> list[psutil.Process]:
        """Oldest first."""
        found: list[psutil.Process] = []
        for one in psutil.Process(self.pid).children(recursive=True):
            with suppress(psutil.Error):  # it is just ending
                if one.status() != psutil.STATUS_ZOMBIE and fits(one.cmdline()):
                    found.append(one)
        return sorted(found, key=lambda one: one.create_time())

    @property
    def worker(self) -> psutil.Process:
        """The media-agent itself, which is also the worker of LiveKit."""
        return self.process(lambda words: words[-2:] == ["-m", "media_agent"])

    @property
    def jobs(self) -> list[psutil.Process]:
        """The processes that the worker has for rooms, busy or not."""
        return [one for one in self.worker.children(recursive=True) if one.is_running()]

    @asynccontextmanager
    async def second_worker(self) -> AsyncGenerator[None]:
        """Another media agent beside the cluster's own, ready to take rooms too."""
        port = free_port()
        told = self.worker.environ() | {"PORT": str(port)}
        log = self.data_dir / "logs/second-worker.log"
        process = spawn([sys.executable, "-m", "media_agent"], Launch(log=log, environment=told))
        try:
            await eventually(lambda: _is_ready(port), timeout_s=READY_TIMEOUT_S, every_s=0.3)
            yield
        finally:
            stop(process, signal.SIGKILL)

    @property
    def livekit(self) -> psutil.Process:
        return self.process(lambda words: bool(words) and words[0].endswith("livekit-server"))

    @property
    def valkey(self) -> psutil.Process:
        return self.process(lambda words: bool(words) and "valkey-server" in words[0])

    @property
    def redis_url(self) -> str:
        return json.loads((self.data_dir / "cluster.json").read_text())["redis_url"]


async def _is_ready(port: int) -> bool:
    async with httpx.AsyncClient() as client:
        try:
            asked = await client.get(f"http://127.0.0.1:{port}/health/ready")
        except httpx.TransportError:
            return False
    return asked.is_success


@contextmanager
def live_cluster() -> Generator[LiveCluster]:
    """A cluster for one file of tests."""
    require_livekit()
    with private_data_dir() as data_dir:
        cluster = LiveCluster(data_dir)
        try:
            yield cluster
        finally:
            cluster.stop()
