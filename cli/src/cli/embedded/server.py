"""One running server: its address, its process, and how it is ended."""

import re
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cli.command_line.errors import CliError, missing
from cli.embedded.processes import free_port, stop, try_lock

READY_TIMEOUT_S = 60.0  # the first start on a slow, busy disk; a second one takes 0.1 s
# A predecessor whose parent was killed needs a moment to write its last page.
PREDECESSOR_TIMEOUT_S = 15.0
POLL_S = 0.01
ATTEMPTS = 5  # each on another free port
PORT_TAKEN, DISK_FULL = "already in use", "No space left on device"
ERROR_LINE = re.compile(r"FATAL|PANIC|ERROR|[Ff]atal|[Ee]rror|# ")  # PostgreSQL; the others
ERROR_CHARS = 300


@dataclass(frozen=True)
class Server:
    """A server that answered and proved, by its process id, to be the one that was started."""

    url: str
    process: subprocess.Popen[bytes]
    stop_signal: signal.Signals
    log: Path
    restart: Callable[[], subprocess.Popen[bytes]]
    """Starts it again on its port, without waiting for it; CliError when its data is not free."""

    def stop(self) -> None:
        stop(self.process, self.stop_signal)


class _PortTakenError(Exception):
    """Somebody else listens there."""


@dataclass(frozen=True)
class StartAttempt:
    """An attempt at a port; `is_ours` says whether what listens there is what was started."""

    url: str
    process: subprocess.Popen[bytes]
    stop_signal: signal.Signals
    is_ours: Callable[[], bool]


@dataclass(frozen=True)
class ServerKind:
    """Which server.

    Attributes:
        title, name: as people know it, and as codes do.
        lock_at: a file; whoever holds it has the server's data to itself.
        log: what the server says.
    """

    title: str
    name: str
    lock_at: Path
    log: Path


def start_server(
    kind: ServerKind, start: Callable[[int, int], StartAttempt], *, port: int | None
) -> Server:
    """Start a server, alone on its data, and wait until it answers as itself.

    Args:
        kind: of server.
        start: starts the process, given a port and the lock's file descriptor, which it keeps
            open: so the lock lives as long as the server.
        port: None takes a free one, and another when somebody else was quicker.

    Raises:
        CliError: 4, data or port are in use, or the server does not start.
    """
    lock = try_lock(kind.lock_at, timeout_s=PREDECESSOR_TIMEOUT_S)
    if lock is None:
        raise _in_use(kind)
    with lock:
        for _ in range(ATTEMPTS):
            log_from = kind.log.stat().st_size if kind.log.exists() else 0
            chosen = port or free_port()
            attempt = start(chosen, lock.fileno())
            try:
                _wait_ready(kind, attempt, log_from)
            except _PortTakenError:
                continue
            again = partial(_start_again, kind, start, chosen)
            return Server(attempt.url, attempt.process, attempt.stop_signal, kind.log, again)
    raise missing(
        "port_taken",
        f"Port {port or 0}, meant for {kind.title}, is in use.",
        "Name another, or none.",
    )


def _start_again(
    kind: ServerKind, start: Callable[[int, int], StartAttempt], port: int
) -> subprocess.Popen[bytes]:
    lock = try_lock(kind.lock_at)
    if lock is None:  # what a killed server left is still writing
        raise _in_use(kind)
    with lock:
        return start(port, lock.fileno()).process


def _wait_ready(kind: ServerKind, attempt: StartAttempt, log_from: int) -> None:
    """Return when the server answers as itself.

    Raises:
        _PortTakenError: it ended because of its port; another one may do.
        CliError: it ended for another reason, or did not get ready in time.
    """
    process = attempt.process
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise _why_it_ended(kind, log_from)
        if attempt.is_ours():
            return
        time.sleep(POLL_S)
    process.kill()
    process.wait()
    raise missing(
        f"{kind.name}_not_ready",
        f"The embedded {kind.name} was not ready within {READY_TIMEOUT_S:.0f} s.",
        f"Its log says why: {kind.log}",
    )


def _why_it_ended(kind: ServerKind, log_from: int) -> Exception:
    with kind.log.open("rb") as lines:
        lines.seek(log_from)
        log = lines.read()[-4000:].decode(errors="replace")
    if PORT_TAKEN in log:
        return _PortTakenError()
    if DISK_FULL in log:
        return missing("disk_full", f"The disk of {kind.log.parent} is full.", "Free some space.")
    return missing(
        f"{kind.name}_failed",
        f"The embedded {kind.name} did not start.",
        f"Its log says why: {kind.log}",
    )


def why_a_server_ended(log: str) -> str:
    """From what it wrote, with what to do about it; else its last error, or "" for none."""
    if PORT_TAKEN in log:
        return "its port is in use: end what listens there, or start the cluster anew"
    if DISK_FULL in log:
        return "the disk is full: free some space"
    errors = [line for line in log.splitlines() if ERROR_LINE.search(line)]
    return errors[-1][:ERROR_CHARS] if errors else ""


def _in_use(kind: ServerKind) -> CliError:
    """Another server holds the data and does not let go."""
    return missing(
        "already_running",
        f"Another {kind.title} still runs in {kind.lock_at.parent}.",
        "Stop it, or name another directory with --data-dir.",
    )
