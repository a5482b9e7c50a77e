"""Each child is kept alive by itself, slower and slower; all end, the last started first."""

import json
import signal
import subprocess
import sys
from collections.abc import Generator
from functools import partial
from pathlib import Path

import pytest

from cli.cluster.service_processes import last_line
from cli.cluster.supervisor import REPORT, Child, Program, Restarts, Supervisor
from cli.command_line.errors import CliError, Exit, missing
from cli.embedded.directory import require_room

QUICK = Restarts(first_s=1.0, longest_s=8.0, well_after_s=60.0)
FALLS = "raise SystemExit(7)"
LASTS = "import time; time.sleep(60)"


def python(code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code])


def program(name: str, code: str, log: Path = Path("none"), *, grace_s: float = 5) -> Program:
    return Program(name, partial(python, code), signal.SIGTERM, grace_s, log, last_line)


def child(name: str, code: str, restarts: Restarts = QUICK) -> Child:
    return Child(program(name, code), python(code), restarts)


@pytest.fixture
def supervisor(tmp_path: Path) -> Generator[Supervisor]:
    made = Supervisor(tmp_path / REPORT)
    yield made
    made.end()


def reported(tmp_path: Path) -> list[str]:
    return json.loads((tmp_path / REPORT).read_text())


def fall(one: Child, at_s: float) -> None:
    """It has ended, and that is seen at this moment."""
    one.process.kill()
    one.process.wait(10)
    assert one.tend(at_s)


def test_pauses_double_to_a_ceiling_and_nobody_waits_for_them() -> None:
    falling, now_s, pauses = child("metering", LASTS), 0.0, list[float]()
    for _ in range(6):
        before = falling.process
        fall(falling, now_s)
        waited_s = 0.0
        while falling.process is before:
            waited_s += 0.5
            falling.tend(now_s + waited_s)
        pauses.append(waited_s)
        now_s += waited_s
    assert pauses == [1, 2, 4, 8, 8, 8]
    falling.process.kill()
    falling.process.wait(10)


def test_who_ran_well_starts_again_with_the_shortest_pause() -> None:
    one = child("metering", LASTS)
    fall(one, 0)
    one.tend(1)
    fall(one, 1)
    assert one.falls == 2
    one.tend(3)
    assert not one.tend(3 + QUICK.well_after_s - 0.1)
    assert one.notice is not None
    assert one.tend(3 + QUICK.well_after_s)
    assert one.notice is None
    fall(one, 100)
    assert one.falls == 1


def test_what_fell_and_what_cannot_be_started_is_named_and_tried_again(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "valkey.log"
    log.write_text("an older line\n")

    def refuse() -> subprocess.Popen[bytes]:
        raise missing("already_running", "Another Valkey still runs.", "Stop it.")

    what = Program("valkey", refuse, signal.SIGTERM, 5, log, last_line)
    one = Child(what, python(FALLS), QUICK)
    one.process.wait(10)
    log.write_text("an older line\nno space is left\n")
    one.tend(0)
    one.tend(1)
    assert one.falls == 2
    assert one.notice == (
        "valkey ended 2 times in a row (it cannot be started); it is started again, ever slower"
    )
    said = capfd.readouterr().err
    assert "valkey ended (exit code 7); starting it again in 1.0 s" in said
    assert "Another Valkey still runs. Stop it." in said


def test_one_that_keeps_falling_ends_neither_the_watch_nor_the_others(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    at_once = Restarts(first_s=0, longest_s=0)
    falling, lasting = child("rag", FALLS, at_once), child("gateway", LASTS)
    before = lasting.process
    supervisor.group().extend([falling, lasting])

    class EnoughError(Exception):
        pass

    def until_it_fell_often() -> None:
        if falling.falls > 8:
            raise EnoughError

    with pytest.raises(EnoughError):
        supervisor.watch(until_it_fell_often, lambda: ["vision-worker: is loading"])
    assert lasting.process is before
    assert not lasting.has_ended
    [notice] = [one for one in reported(tmp_path) if one.startswith("rag ended")]
    assert "times in a row (exit code 7)" in notice


def test_what_services_say_of_themselves_is_reported_until_it_is_over(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.cluster.supervisor.ASK_EVERY_S", 0)
    answers = iter([["rag: the index is away"], []])
    seen: list[list[str]] = []

    def look() -> None:
        if (tmp_path / REPORT).exists():
            seen.append(reported(tmp_path))

    with pytest.raises(StopIteration):
        supervisor.watch(look, lambda: next(answers))
    assert seen == [["rag: the index is away"], []]


def test_watching_ends_when_the_disk_has_no_room(tmp_path: Path, supervisor: Supervisor) -> None:
    lasting = child("rag", LASTS)
    supervisor.group().append(lasting)
    with pytest.raises(CliError, match="MB left") as full:
        supervisor.watch(partial(require_room, tmp_path, needed_bytes=2**62))
    supervisor.end()
    assert (full.value.exit_code, full.value.code) == (Exit.MISSING, "disk_full")
    assert lasting.has_ended


STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""


def test_a_child_that_does_not_end_when_asked_is_killed(supervisor: Supervisor) -> None:
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        stubborn = program("gateway", STUBBORN, grace_s=0.1)
        supervisor.group().append(Child(stubborn, process))
        supervisor.end()
        assert process.returncode == -signal.SIGKILL
