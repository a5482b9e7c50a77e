"""Whose processor time and memory it was, and what the benchmark of rooms makes of it."""

import sys

import psutil
import pytest

from cli.bench.harness.process_usage import (
    AGENTS,
    REST,
    SENDERS,
    SERVER,
    PartUsage,
    ProcessUsage,
    part_of,
)
from cli.bench.rooms import GROWTH, Minute, RoomResult, rows_of


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ([sys.executable, "-m", "media_agent"], AGENTS),
        ([sys.executable, "-m", "vision_worker"], "vision-worker"),
        ([sys.executable, "-m", "cli.bench.meeting.load_generator"], SENDERS),
        (["/somewhere/livekit-server", "--config", "x"], SERVER),
        ([sys.executable, "-c", "from multiprocessing.forkserver import main"], None),
        (["postgres: io worker 0"], None),
        ([], None),
    ],
)
def test_a_process_is_known_by_its_command_line(words: list[str], part: str | None) -> None:
    assert part_of(words) == part


def test_work_is_counted_from_the_last_look_on() -> None:
    usage = ProcessUsage(psutil.Process())
    before = sum(psutil.Process().cpu_times()[:2])
    while (spent := sum(psutil.Process().cpu_times()[:2]) - before) < 0.1:
        sum(range(10_000))
    used = usage.since_last(1.0)[REST]  # other tests may have left servers below this process
    assert spent <= used.cores < spent + 0.5
    assert used.memory_mb > 10


ASKED = ["answered", "answered", "pending", "answered"]


def minute(agents: float, memory_mb: float) -> Minute:
    return {
        AGENTS: PartUsage(agents, memory_mb),
        SENDERS: PartUsage(0.5, 100),
        SERVER: PartUsage(0.1, 50),
    }


def test_the_agents_share_of_a_room_is_the_middle_minutes() -> None:
    rows = rows_of(
        [minute(1.0, 500), minute(1.2, 500), minute(3.0, 500)], [RoomResult(9.8, ASKED)] * 10
    )
    [agent] = [row for row in rows if row.what == "agent"]
    assert (agent.p50, agent.p99) == (0.12, 0.3)
    [answered] = [row for row in rows if row.what == "answered"]
    assert (answered.p50, answered.ratio) == (30, 0.75)


def test_growth_is_the_last_minute_over_the_fifth() -> None:
    memory = [100.0, 200.0, 300.0, 350.0, 400.0, 400.0, 440.0]
    rows = rows_of([minute(1.0, one) for one in memory], [RoomResult(9.8, ASKED)])
    [growth] = [row for row in rows if row.what == GROWTH]
    assert (growth.p50, growth.reference, growth.ratio) == (440.0, 400.0, pytest.approx(1.1))
