"""A cluster that one command started, and another uses."""

import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from cli.cluster import leave_to_others, used_by_us


@pytest.fixture
def child() -> Generator[subprocess.Popen[bytes]]:
    """In a cluster's place: anything that runs until it is ended."""
    wait = "import sys; sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", wait], stdin=subprocess.PIPE) as running:
        try:
            yield running
        finally:
            running.kill()


@contextmanager
def leaving(child: subprocess.Popen[bytes], data_dir: Path) -> Generator[threading.Thread]:
    """Who started it, about to end."""
    thread = threading.Thread(target=leave_to_others, args=(child, data_dir))
    thread.start()
    try:
        yield thread
    finally:
        child.kill()
        thread.join(8)


def test_who_started_a_cluster_waits_until_the_last_who_uses_it_is_done(
    child: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    with ExitStack() as others:
        others.enter_context(used_by_us(tmp_path))
        with leaving(child, tmp_path) as thread:
            with used_by_us(tmp_path):
                thread.join(0.3)
                assert thread.is_alive()
            thread.join(0.3)
            assert thread.is_alive()
            others.close()
            thread.join(8)
            assert not thread.is_alive()
            assert child.poll() is None


def test_nobody_waits_for_a_cluster_that_has_ended(
    child: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    with used_by_us(tmp_path):
        child.kill()
        child.wait(8)
        with leaving(child, tmp_path) as thread:
            thread.join(8)
            assert not thread.is_alive()


def test_nobody_waits_when_nobody_else_is_there(
    child: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    leave_to_others(child, tmp_path)
    assert child.poll() is None
