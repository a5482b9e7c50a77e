"""One running server: its address, its process, and how it is ended."""

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cli.embedded.processes import stop
from cli.errors import CliError, missing

READY_WITHIN_S = 60.0  # the first start on a slow, busy disk; a second one takes 0.1 s
# A predecessor whose parent was killed needs a moment to write its last page.
PREDECESSOR_S = 15.0
POLL_S = 0.01
ATTEMPTS = 5  # each on another free port


@dataclass(frozen=True)
class Server:
    """A server that answered and proved, by its process id, to be the one that was started."""

    url: str
    process: subprocess.Popen[bytes]
    ask_to_stop: signal.Signals

    def stop(self) -> None:
        stop(self.process, self.ask_to_stop)


class PortTakenError(Exception):
    """Somebody else listens there."""


def wait_ready(
    name: str, process: subprocess.Popen[bytes], log: Path, is_ours: Callable[[], bool]
) -> None:
    """Return when the server answers as itself.

    Raises:
        PortTakenError: it ended because of its port; another one may do.
        CliError: it ended for another reason, or did not get ready in time.
    """
    begun_at = log.stat().st_size if log.exists() else 0
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise _why_it_ended(name, log, begun_at)
        if is_ours():
            return
        time.sleep(POLL_S)
    process.kill()
    process.wait()
    raise missing(
        f"{name}_not_ready",
        f"The embedded {name} was not ready within {READY_WITHIN_S:.0f} s.",
        f"Its log says why: {log}",
    )


def _why_it_ended(name: str, log: Path, begun_at: int) -> Exception:
    with log.open("rb") as lines:
        lines.seek(begun_at)
        said = lines.read()[-4000:].decode(errors="replace")
    if "already in use" in said:
        return PortTakenError()
    if "No space left on device" in said:
        return missing("disk_full", f"The disk of {log.parent} is full.", "Free some space.")
    return missing(
        f"{name}_failed", f"The embedded {name} did not start.", f"Its log says why: {log}"
    )


def in_use(name: str, home: Path) -> CliError:
    """Another server holds the directory and does not let go."""
    return missing(
        "already_running",
        f"Another {name} still runs in {home}.",
        "Stop it, or name another directory with --data-dir.",
    )


def port_taken(name: str, port: int) -> CliError:
    """A port the caller insisted on."""
    return missing(
        "port_taken", f"Port {port}, meant for {name}, is in use.", "Name another, or none."
    )
