"""`parley bench rooms`: what many live meetings at once take, minute by minute."""

import json
import select
import signal
import statistics
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from subprocess import Popen
from typing import Annotated, Any, Final

import psutil
import typer

from cli.bench.harness.data_dir import bench_data_dir
from cli.bench.harness.process_usage import AGENTS, SENDERS, SERVER, PartUsage, ProcessUsage
from cli.bench.harness.report import Limit, Row, report
from cli.client.gateway import Gateway
from cli.cluster.child_cluster import StartOptions
from cli.cluster.connection import use_cluster
from cli.cluster.running_state import RunningState, running_state
from cli.command_line.errors import missing
from cli.command_line.options import DataDir, Json
from cli.command_line.output import say
from cli.embedded.processes import Launch, free_port, spawn, stop
from cli.fakes.speech_script import KEY
from contracts.http import RoomState

JOINED_TIMEOUT_S: Final = 120.0
AGENTS_TIMEOUT_S: Final = 240.0
MINUTE_S: Final = 60.0
SETTLED_MINUTES: Final = 5
"""Memory may grow for so long: caches fill, what is loaded late is loaded."""
LOOK_EVERY_S: Final = 0.2
STOP_TIMEOUT_S: Final = 20.0
ANSWERED_TIMEOUT_S: Final = 20.0
AGENT, ANSWERED, GROWTH = "agent", "answered", "agent_memory_growth"
LIMITS: Final = (
    Limit(AGENT, "p50", at_most=0.2),
    Limit(ANSWERED, "ratio", at_least=0.95),
    Limit(GROWTH, "ratio", at_most=1.05),
)
Minute = dict[str, PartUsage]


@dataclass(frozen=True)
class RoomResult:
    """What came of one room's meeting.

    Attributes:
        frames_per_s: that reached the agent's eyes.
        questions: the state of each.
    """

    frames_per_s: float
    questions: Sequence[str]


def command(
    rooms: Annotated[int, typer.Option("--rooms", min=1, max=50, help="At once.")] = 10,
    minutes: Annotated[int, typer.Option("--minutes", min=1, help="Watched, once all are in.")] = 5,
    data_dir: DataDir = None,
    check: Annotated[bool, typer.Option("--check", help="Exit 1 when a figure is missed.")] = False,
    as_json: Json = False,
) -> None:
    """Live meetings at once: one person each, who shares a 720p screen at 10 fps.

    Each asks something every minute, and is answered aloud; the models of speech are faked.
    A row per part of the cluster, in processors kept busy (over minutes: p50, and p99 the worst);
    `agent` is the media agent's, per room; `senders` plays the people and the models. Memory is
    what the processes do not share. The growth compares the last minute with the fifth.

    Example: parley bench rooms --rooms 10 --minutes 30 --check
    """
    speech_port = free_port()
    variables = _fake_speech(speech_port) | {"MEDIA_AGENT_MAX_ROOMS": str(rooms)}
    start = StartOptions(livekit=True, environment=variables)
    with (
        bench_data_dir(data_dir) as where,
        use_cluster(where, make_tenant=True, start=start) as cluster,
        Gateway(cluster) as gateway,
    ):
        state = running_state(where)
        if state is None:
            raise missing("no_cluster", "The benchmark's cluster is gone.")
        watched, results = _meet(gateway, state, rooms, minutes, speech_port)
    limits = LIMITS if minutes > SETTLED_MINUTES else LIMITS[:2]
    rows = rows_of(watched, results)
    more = {"rooms": rooms, "minutes": [_plain(minute) for minute in watched]}
    report("rooms", rows, limits=limits, check=check, as_json=as_json, more=more)


def _meet(
    gateway: Gateway, state: RunningState, rooms: int, minutes: int, speech_port: int
) -> tuple[list[Minute], list[RoomResult]]:
    """Open the rooms, watch what they take, and close them when all is answered."""
    opened = [gateway.open_room(f"parley bench rooms {number + 1}") for number in range(rooms)]
    with _senders(gateway, opened, speech_port) as senders:
        before = [gateway.summary(room.session_id) for room in opened]
        usage = ProcessUsage(psutil.Process(state.pid), psutil.Process(senders.pid))
        watched = _watch(usage, minutes)
        after = [gateway.summary(room.session_id) for room in opened]
        senders.send_signal(signal.SIGUSR1)
        _await_answers(gateway, opened)
    results = [
        RoomResult(
            (last.frames.seen - first.frames.seen) / (minutes * MINUTE_S),
            [question.state for question in gateway.summary(room.session_id).questions],
        )
        for room, first, last in zip(opened, before, after, strict=True)
    ]
    for room in opened:
        gateway.delete_room(room.room)
    return watched, results


def _fake_speech(port: int) -> dict[str, str]:
    """The media agent's environment, so that it asks the fake providers of speech."""
    return {
        "MEDIA_AGENT_STT": "deepgram",
        "MEDIA_AGENT_TTS": "rime",
        "MEDIA_AGENT_DEEPGRAM_URL": f"http://127.0.0.1:{port}/v1/listen",
        "MEDIA_AGENT_RIME_URL": f"http://127.0.0.1:{port}/v1/rime-tts",
        "DEEPGRAM_API_KEY": KEY,
        "RIME_API_KEY": KEY,
    }


@contextmanager
def _senders(
    gateway: Gateway, rooms: Sequence[RoomState], speech_port: int
) -> Generator[Popen[bytes]]:
    """A person in every room, once all are in; SIGUSR1 ends their asking."""
    tickets = [gateway.join_room(room.room, "Sam") for room in rooms]
    given = {
        "tickets": [{"url": one.livekit_url, "token": one.token} for one in tickets],
        "speech_port": speech_port,
    }
    say(f"{len(rooms)} people join")
    child = spawn(
        [sys.executable, "-m", "cli.bench.meeting.load_generator"],
        Launch(log=None, stdin=json.dumps(given).encode()),
    )
    assert child.stdout is not None
    try:
        readable, _, _ = select.select([child.stdout], [], [], JOINED_TIMEOUT_S)
        if not readable or b"ready" not in child.stdout.readline():
            raise missing("not_joined", "Not everybody could join in time.")
        _await_agents(gateway, rooms)
        yield child
    finally:
        stop(child, signal.SIGTERM, grace_s=STOP_TIMEOUT_S)
        child.stdout.close()


def _await_agents(gateway: Gateway, rooms: Sequence[RoomState]) -> None:
    """Return when every room's meeting has started: an agent is in it."""
    deadline = time.monotonic() + AGENTS_TIMEOUT_S
    for room in rooms:
        while gateway.session(room.session_id).meeting is None:
            if time.monotonic() > deadline:
                raise missing("no_agent", "Not every room got an agent in time.")
            time.sleep(LOOK_EVERY_S)


def _await_answers(gateway: Gateway, rooms: Sequence[RoomState]) -> None:
    """Return when nothing that was asked waits any more, or has waited for too long."""
    deadline = time.monotonic() + ANSWERED_TIMEOUT_S
    for room in rooms:
        while time.monotonic() < deadline:
            questions = gateway.summary(room.session_id).questions
            if all(question.state != "pending" for question in questions):
                break
            time.sleep(LOOK_EVERY_S)


def _watch(usage: ProcessUsage, minutes: int) -> list[Minute]:
    watched: list[Minute] = []
    for number in range(minutes):
        began = time.monotonic()
        time.sleep(MINUTE_S)
        minute = usage.since_last(time.monotonic() - began)
        watched.append(minute)
        agents = minute.get(AGENTS, PartUsage(0, 0))
        say(
            f"minute {number + 1}: agents {agents.cores:.2f} cores, {agents.memory_mb:.0f} MB; "
            f"senders {minute[SENDERS].cores:.2f}, server {minute[SERVER].cores:.2f} cores"
        )
    return watched


def rows_of(watched: Sequence[Minute], results: Sequence[RoomResult]) -> list[Row]:
    """Of what was taken in each minute, and what came of each meeting."""
    parts = sorted({part for minute in watched for part in minute})
    cores = {part: [_of(minute, part).cores for minute in watched] for part in parts}
    per_room = [one / len(results) for one in cores[AGENTS]]
    asked = [state for one in results for state in one.questions]
    answered = asked.count("answered")
    rows = [
        Row(AGENT, "cores a room", statistics.median(per_room), p99=max(per_room)),
        Row("frames", "a room", per_second=statistics.median(one.frames_per_s for one in results)),
        Row(
            ANSWERED,
            "questions",
            answered,
            reference=len(asked),
            ratio=answered / max(1, len(asked)),
        ),
    ]
    rows += [
        Row(part, "cores", statistics.median(cores[part]), p99=max(cores[part])) for part in parts
    ]
    for part in parts:
        memory = [_of(minute, part).memory_mb for minute in watched]
        settled = memory[min(SETTLED_MINUTES, len(memory)) - 1]
        what = GROWTH if part == AGENTS else f"{part}_memory_growth"
        rows.append(Row(what, "MB", memory[-1], reference=settled, ratio=memory[-1] / settled))
    return rows


def _of(minute: Minute, part: str) -> PartUsage:
    return minute.get(part, PartUsage(0.0, 0.0))


def _plain(minute: Minute) -> dict[str, Any]:
    return {
        part: {name: round(value, 3) for name, value in asdict(taken).items()}
        for part, taken in minute.items()
    }
