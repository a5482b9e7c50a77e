"""Who uses a cluster that a command started: it is not stopped while another command is at it."""

import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from cli.command_line.output import say
from cli.embedded.processes import try_lock

USERS = "users.lock"
USERS_LOCK_TIMEOUT_S = 1.0
OTHERS_TIMEOUT_S = 12 * 3600.0
POLL_S = 0.1


@contextmanager
def in_use(data_dir: Path) -> Generator[None]:
    """Keeps the command that started the cluster from stopping it meanwhile."""
    lock = try_lock(data_dir / USERS, timeout_s=USERS_LOCK_TIMEOUT_S, shared=True)
    try:
        yield
    finally:
        if lock is not None:  # else the cluster is being stopped, which the block will notice
            lock.close()


def await_other_users(child: subprocess.Popen[bytes], data_dir: Path) -> None:
    """Return when no other command uses the cluster that we started; Ctrl-C does not wait."""
    announced, deadline = False, time.monotonic() + OTHERS_TIMEOUT_S
    try:
        while child.poll() is None and time.monotonic() < deadline:
            lock = try_lock(data_dir / USERS)
            if lock is not None:
                lock.close()
                return
            if not announced:
                announced = True
                say("another command uses this cluster; it is stopped after that, or by Ctrl-C")
            time.sleep(POLL_S)
    except KeyboardInterrupt:
        return
