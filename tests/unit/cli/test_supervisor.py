"""A child that falls is raised again, at most a few times; all end, the last started first."""

import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from cli.cluster.supervisor import MAX_RESTARTS, Child, Supervisor
from cli.command_line.errors import CliError, Exit
from cli.embedded.directory import require_room


def python(code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code])


def child(name: str, code: str) -> Child:
    start = partial(python, code)
    return Child(name, start(), start, signal.SIGTERM, grace_s=5, pause_s=0)


def test_a_child_that_keeps_falling_is_given_up_by_name() -> None:
    falling = child("metering", "raise SystemExit(7)")
    for _ in range(MAX_RESTARTS):
        falling.process.wait(10)
        falling.restart()
    falling.process.wait(10)
    with pytest.raises(CliError, match="metering ended 6 times") as given_up:
        falling.restart()
    assert given_up.value.exit_code == Exit.MISSING


def test_watching_raises_what_fell_and_ends_when_it_cannot() -> None:
    supervisor = Supervisor()
    falling = child("rag", "raise SystemExit(1)")
    supervisor.group().append(falling)
    with pytest.raises(CliError, match="rag ended"):
        supervisor.watch(lambda: None)
    supervisor.end()
    assert falling.has_ended


def test_watching_ends_when_the_disk_has_no_room(tmp_path: Path) -> None:
    supervisor = Supervisor()
    lasting = child("rag", "import time; time.sleep(60)")
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


def test_a_child_that_does_not_end_when_asked_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        supervisor = Supervisor()
        again = partial(python, STUBBORN)
        supervisor.group().append(Child("gateway", process, again, signal.SIGTERM, grace_s=0.1))
        supervisor.end()
        assert process.returncode == -signal.SIGKILL
