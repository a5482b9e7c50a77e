"""Children that end with their parent, however it ends; and locks that live as long as they do."""

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import threading
import time
import warnings
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1  # linux/prctl.h; macOS has no such thing
_prctl = getattr(ctypes.CDLL(None), "prctl", None)


@dataclass(frozen=True)
class RunAs:
    """The account a child runs under; `uid` None keeps ours."""

    uid: int | None = None
    gid: int | None = None


@dataclass(frozen=True, kw_only=True)
class Launch:
    """How a child is started: what it reads, where it writes, as whom, with what it is ended.

    Attributes:
        log: takes both its outputs; None gives the caller its standard output to read.
        stdin: what it finds there, then the end.
        environment: instead of ours; None passes ours on.
        keep_fds: handles it inherits, such as a lock.
    """

    log: Path | None
    death_signal: signal.Signals = signal.SIGTERM
    environment: Mapping[str, str] | None = None
    directory: Path | None = None
    stdin: bytes = b""
    run_as: RunAs = field(default_factory=RunAs)
    keep_fds: tuple[int, ...] = ()


def spawn(command: Sequence[str | Path], launch: Launch) -> subprocess.Popen[bytes]:
    """Start a child that the kernel signals when this process dies, kill -9 included.

    The signal belongs to the *thread* that started the child: one started from a thread that ends
    (asyncio.to_thread, a pool) would be stopped with it. So only the main thread may start one.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("start children from the main thread: they end with their thread")
    parent, death_signal = os.getpid(), int(launch.death_signal)

    def in_child() -> None:
        if _prctl is not None:
            _prctl(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:  # it died before the signal was asked for
            os._exit(1)

    with (
        nullcontext() if launch.log is None else launch.log.open("ab") as log,
        warnings.catch_warnings(),
    ):
        # From 3.12 on, any fork beside a running thread warns; `in_child` takes no lock.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = subprocess.Popen(  # noqa: S603 - the command is ours, no shell
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if log is None else log,
            stderr=None if log is None else subprocess.STDOUT,
            # Ctrl-C must not reach the servers before the command has drained.
            start_new_session=True,
            preexec_fn=in_child,  # noqa: PLW1509 - see the note on forks above
            env=launch.environment,
            cwd=launch.directory,
            user=launch.run_as.uid,
            group=launch.run_as.gid,
            extra_groups=None if launch.run_as.uid is None else [],
            pass_fds=launch.keep_fds,
        )
    assert child.stdin is not None
    # A child that ended at once does not read; its log says why it did.
    with suppress(BrokenPipeError), child.stdin:
        child.stdin.write(launch.stdin)
    return child


def stop(child: subprocess.Popen[bytes], ask: signal.Signals, *, grace_s: float = 20) -> None:
    """Ask a child to end, wait, and make it end when it does not."""
    if child.poll() is None:
        child.send_signal(ask)
    await_end(child, grace_s=grace_s)


def await_end(child: subprocess.Popen[bytes], *, grace_s: float) -> None:
    """Wait for a child that was asked to end; kill it when it does not."""
    try:
        child.wait(grace_s)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port that nobody listens on now; another may take it first, so callers check."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def free_ports(count: int) -> list[int]:
    """As many different ones."""
    with ExitStack() as probes:
        held = [probes.enter_context(socket.socket()) for _ in range(count)]
        for probe in held:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in held]


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a listener could be opened there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def try_lock(path: Path, *, timeout_s: float = 0, shared: bool = False) -> IO[str] | None:
    """A lock on a file, exclusive or with other shared ones; until each copy of it is closed.

    A child that inherits the handle keeps the lock while it lives, so that two servers never share
    a directory, not even when the parent of the first was killed. None when another holds it.
    """
    handle = path.open("a")
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                handle.close()
                return None
            time.sleep(0.02)
        else:
            return handle
