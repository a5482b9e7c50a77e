"""What runs in a data directory, as the `parley up` that runs it wrote it down."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from cli.command_line.errors import missing
from cli.embedded.processes import try_lock

READY_TIMEOUT_S = 180.0
POLL_S = 0.1
STATE = "cluster.json"


@dataclass(frozen=True)
class RunningState:
    """What `parley up` writes into its data directory while it runs."""

    url: str
    pid: int
    redis_url: str
    database_url: str
    livekit_url: str | None = None

    def save(self, data_dir: Path) -> None:
        path = data_dir / STATE
        path.unlink(missing_ok=True)
        path.touch(0o600)  # it holds passwords
        path.write_text(json.dumps(asdict(self)))


def running_state(data_dir: Path, *, timeout_s: float = READY_TIMEOUT_S) -> RunningState | None:
    """The cluster that runs in this directory; None when there is none (a stale file is nothing).

    Raises:
        CliError: one is just starting, and not ready after `timeout_s`.
    """
    deadline = time.monotonic() + timeout_s
    while (lock := try_lock(data_dir / "lock")) is None:
        try:
            return RunningState(**json.loads((data_dir / STATE).read_text()))
        except (OSError, ValueError, TypeError):
            if time.monotonic() > deadline:
                raise missing(
                    "cluster_starting",
                    f"Another command is still starting a cluster in {data_dir}.",
                    "Wait for it, or name another directory with --data-dir.",
                ) from None
        time.sleep(POLL_S)
    lock.close()
    return None
