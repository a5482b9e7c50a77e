"""An embedded cluster that a command starts for itself: `parley up` as its child."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.cluster.running_state import READY_TIMEOUT_S, RunningState, running_state
from cli.cluster.users_lock import await_other_users
from cli.command_line.errors import CliError, Exit, missing
from cli.command_line.output import say
from cli.embedded.processes import Launch, spawn, stop

STOPPED_TIMEOUT_S = 60.0
LINE_BYTES = 65_536


@dataclass(frozen=True)
class StartOptions:
    """How a cluster is started for a command.

    Attributes:
        port: 0 picks a free one.
        livekit: with a livekit-server; one that runs without it will not do.
        environment: beside our own, for the services.
        alone: for this command; one that runs already will not do.
    """

    port: int = 0
    livekit: bool = False
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    alone: bool = False


@contextmanager
def child_cluster(data_dir: Path, start: StartOptions) -> Generator[tuple[RunningState, int]]:
    """`parley up` as a child, which ends with us, its progress on our standard error."""
    begun = time.monotonic()
    say("starting the embedded cluster")
    command = [sys.executable, "-m", "cli", "up", "--json", "--port", str(start.port)]
    command += ["--livekit"] if start.livekit else []
    inherited = dict(os.environ)  # noqa: TID251 - ours goes on to the services
    environment = inherited | dict(start.environment)
    child = spawn([*command, "--data-dir", data_dir], Launch(log=None, environment=environment))
    try:
        _await_ready(child)
        state = running_state(data_dir)
        if state is None:
            raise missing("cluster_ended", "The embedded cluster ended as soon as it was ready.")
        yield state, round((time.monotonic() - begun) * 1000)
        await_other_users(child, data_dir)
    except CliError as error:
        stop(child, signal.SIGTERM, grace_s=STOPPED_TIMEOUT_S)
        if (last := _last_error(child)) is not None:
            raise last from error  # why the cluster ended says more than that it is gone
        raise
    finally:
        stop(child, signal.SIGTERM, grace_s=STOPPED_TIMEOUT_S)
        assert child.stdout is not None
        child.stdout.close()


def _await_ready(child: subprocess.Popen[bytes]) -> None:
    """Return when it has said that it is ready; pass its error on when it cannot be."""
    assert child.stdout is not None
    readable, _, _ = select.select([child.stdout], [], [], READY_TIMEOUT_S)
    line = os.read(child.stdout.fileno(), LINE_BYTES) if readable else b""
    if b'"url"' in line:
        return
    if line:
        child.wait(STOPPED_TIMEOUT_S)
    raise _error_in(line, child) or missing(
        "cluster_failed", "The embedded cluster did not start.", "`parley up` shows why."
    )


def _last_error(child: subprocess.Popen[bytes]) -> CliError | None:
    """The error with which a cluster ended that was ready once; None when it has said none."""
    assert child.stdout is not None
    return _error_in(os.read(child.stdout.fileno(), LINE_BYTES), child)


def _error_in(line: bytes, child: subprocess.Popen[bytes]) -> CliError | None:
    try:
        printed: dict[str, Any] = json.loads(line or b"{}")
    except ValueError:
        return None
    error: dict[str, str] | None = printed.get("error")
    if error is None or child.returncode not in set(Exit):
        return None
    return CliError(Exit(child.returncode), error["code"], error["message"], error["hint"])
