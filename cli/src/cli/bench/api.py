"""`parley bench api`: the front door with 1 to many open event streams, beside a bare route."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from http import HTTPStatus
from typing import Annotated, Final

import httpx
import typer
import uvloop
from fastapi import FastAPI

from cli.bench.harness.data_dir import bench_data_dir
from cli.bench.harness.report import Row, latency, report
from cli.client.gateway import Gateway
from cli.cluster.connection import Cluster, use_cluster
from cli.command_line.errors import missing, not_good
from cli.command_line.options import DataDir, Json
from cli.command_line.output import say
from contracts.http import SearchBody, SearchResult
from runtime.ids import new_id
from runtime.web import HttpServer

WARM_UP: Final = 20
ANSWER_TIMEOUT_S: Final = 30.0
FIRST_EVENT_TIMEOUT_S: Final = 30.0
STREAM_SILENT_S: Final = 120.0
TRY_AGAIN_S: Final = 0.2
QUESTION: Final = "When does the harbour office open?"
Measured = Callable[[], Awaitable[None]]


def command(
    requests: Annotated[int, typer.Option("--requests", min=10, help="Of each kind.")] = 200,
    questions: Annotated[int, typer.Option("--questions", min=5, help="Asked in writing.")] = 50,
    streams: Annotated[
        str, typer.Option("--streams", help="Open event streams, at most 500 each: 1,10,…")
    ] = "1,10,100,500",
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="At a time.")] = 8,
    data_dir: DataDir = None,
    *,
    as_json: Json = False,
) -> None:
    """Requests a second, and message to first event, while event streams are open.

    Search is measured with the question's vector cached. The reference is a FastAPI route in this
    process that checks the same body and does nothing, by the same client.

    Example: parley bench api --streams 1,100,500
    """
    counts = _counts(streams)
    with (
        bench_data_dir(data_dir) as where,
        use_cluster(where, make_tenant=True) as cluster,
        Gateway(cluster) as gateway,
    ):
        session_id = str(gateway.open_session("parley bench api").session_id)
        run = _Run(cluster, session_id, requests, questions, workers)
        rows = uvloop.run(run.measured(counts))
    report("api", rows, limits=(), check=False, as_json=as_json)


def _counts(streams: str) -> list[int]:
    try:
        counts = [int(count) for count in streams.split(",")]
    except ValueError:
        counts = [0]
    if not all(1 <= count <= 500 for count in counts):  # noqa: PLR2004 - what the help says
        raise typer.BadParameter("numbers from 1 to 500, with commas", param_hint="--streams")
    return counts


class _FirstEvents:
    """When the first event of each turn came."""

    def __init__(self) -> None:
        self._lines: list[tuple[str, float]] = []
        self._news = asyncio.Event()

    def note(self, line: str) -> None:
        self._lines.append((line, time.perf_counter()))
        self._news.set()

    async def first(self, turn_id: str) -> float:
        """`time.perf_counter()` of it, also when it came before it was asked for."""
        async with asyncio.timeout(FIRST_EVENT_TIMEOUT_S):
            while True:
                found = next((at for line, at in self._lines if turn_id in line), None)
                if found is not None:
                    self._lines.clear()
                    return found
                self._news.clear()
                await self._news.wait()


class _Run:
    """One run against one cluster."""

    def __init__(
        self, cluster: Cluster, session_id: str, requests: int, questions: int, workers: int
    ) -> None:
        self._cluster = cluster
        self._session_id = session_id
        self._requests = requests
        self._questions = questions
        self._workers = workers
        self._events_url = f"/v1/sessions/{session_id}/events"

    async def measured(self, counts: Sequence[int]) -> list[Row]:
        rows: list[Row] = []
        limits = httpx.Limits(max_connections=None)
        async with (
            httpx.AsyncClient(
                base_url=self._cluster.url,
                headers=self._cluster.headers,
                timeout=ANSWER_TIMEOUT_S,
                limits=limits,
            ) as client,
            _bare_route() as bare,
        ):
            await self._paced(lambda: _search(client), WARM_UP)
            for count in counts:
                say(f"{count} open event streams")
                async with self._streams(client, count) as first_events:
                    rows += await self._with_streams(client, bare, first_events, count)
        return rows

    async def _with_streams(
        self,
        client: httpx.AsyncClient,
        bare: httpx.AsyncClient,
        first_events: _FirstEvents,
        count: int,
    ) -> list[Row]:
        of_bare, bare_s = await self._paced(lambda: _search(bare), self._requests)
        of_search, search_s = await self._paced(lambda: _search(client), self._requests)
        firsts = [await self._first_event_ms(client, first_events) for _ in range(self._questions)]
        return [
            latency(f"search, {count} streams", of_search, of_bare),
            _per_second(f"search rate, {count} streams", self._requests, search_s, bare_s),
            latency(f"message to first event, {count} streams", firsts, of_bare),
        ]

    async def _paced(self, measured: Measured, times: int) -> tuple[list[float], float]:
        """Milliseconds of each, by `workers` at a time; and seconds for all."""
        took: list[float] = []
        left = iter(range(times))

        async def work() -> None:
            for _ in left:
                began = time.perf_counter()
                await measured()
                took.append((time.perf_counter() - began) * 1000)

        began = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self._workers):
                tasks.create_task(work())
        return took, time.perf_counter() - began

    async def _first_event_ms(self, client: httpx.AsyncClient, first_events: _FirstEvents) -> float:
        """From the request to the first event of its turn on an open stream."""
        key = str(new_id())
        began = time.perf_counter()
        reply = await client.post(
            f"/v1/sessions/{self._session_id}/messages",
            json={"text": QUESTION},
            headers={"Idempotency-Key": key},
        )
        if not reply.is_success:
            raise not_good("refused", f"A question was refused with {reply.status_code}.")
        arrived = await first_events.first(reply.json()["turn_id"])
        return (arrived - began) * 1000

    @asynccontextmanager
    async def _streams(self, client: httpx.AsyncClient, count: int) -> AsyncGenerator[_FirstEvents]:
        """So many open streams of one session; the first one is looked at, all are read."""
        first_events, opened = _FirstEvents(), asyncio.Semaphore(0)
        opening = asyncio.Semaphore(self._workers)

        async def follow(*, looked_at: bool) -> None:
            async with opening:
                stream = await self._opened(client)
            opened.release()
            async with aclosing(stream):
                async for line in stream.aiter_lines():
                    if looked_at and line.startswith("data: "):
                        first_events.note(line)

        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(follow(looked_at=not n)) for n in range(count)]
            async with asyncio.timeout(ANSWER_TIMEOUT_S * 4):
                for _ in range(count):
                    await opened.acquire()
            yield first_events
            for task in running:
                task.cancel()

    async def _opened(self, client: httpx.AsyncClient) -> httpx.Response:
        """An event stream; those of the measurement before it may take a moment to end."""
        request = client.build_request(
            "GET", self._events_url, timeout=httpx.Timeout(ANSWER_TIMEOUT_S, read=STREAM_SILENT_S)
        )
        while True:
            stream = await client.send(request, stream=True)
            if stream.is_success:
                return stream
            await stream.aclose()
            if stream.status_code != HTTPStatus.TOO_MANY_REQUESTS:
                raise missing("no_stream", f"A stream was refused: {stream.status_code}.")
            await asyncio.sleep(TRY_AGAIN_S)


async def _search(client: httpx.AsyncClient) -> None:
    reply = await client.post("/v1/search", json={"text": QUESTION, "limit": 3})
    if not reply.is_success:
        raise not_good("refused", f"A search was refused with {reply.status_code}.")


@asynccontextmanager
async def _bare_route() -> AsyncGenerator[httpx.AsyncClient]:
    """A route that checks the same body and does nothing, served as the services are."""
    app = FastAPI()

    @app.post("/v1/search")
    async def search(body: SearchBody) -> SearchResult:  # noqa: ARG001 - it is only checked
        return SearchResult(passages=())

    server = HttpServer(app, "127.0.0.1", 0)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.run())
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
            yield client
        server.stop()


def _per_second(what: str, requests: int, took_s: float, bare_s: float) -> Row:
    per_second, reference = requests / took_s, requests / bare_s
    return Row(
        what, "1/s", per_second=per_second, reference=reference, ratio=per_second / reference
    )
