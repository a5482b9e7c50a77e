"""The cluster a subcommand talks to: the one named, the one running here, or one of its own.

with use_cluster(data_dir, tenant=tenant) as cluster, Gateway(cluster) as gateway:
    gateway.search("refund", limit=3)  # cli/client.py has every request
"""

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cli.command_line.errors import CliError, Exit, bad_input, missing
from cli.command_line.options import DEFAULT_TENANT
from cli.command_line.output import say
from cli.command_line.settings import cli_settings
from cli.embedded.directory import default_data_dir, prepare_data_dir
from cli.embedded.processes import Launch, spawn, stop, try_lock
from cli.provisioning.tenants import key_file, provision_tenant

READY_TIMEOUT_S = 180.0
STOPPED_TIMEOUT_S = 60.0
POLL_S = 0.1
USERS_LOCK_TIMEOUT_S = 1.0
OTHERS_TIMEOUT_S = 12 * 3600.0
LINE_BYTES = 65_536


@dataclass(frozen=True)
class Cluster:
    """Where a cluster is reached.

    Attributes:
        url: the gateway's, without a trailing slash.
        api_key: of the tenant asked for.
        redis_url: None when the cluster was named by PARLEY_URL alone.
        database_url: the admin's; None likewise.
        data_dir: of the embedded cluster; None when it is not ours.
        started_in_ms: how long it took to start; 0 when it was running already.
    """

    url: str
    api_key: str
    redis_url: str | None = None
    database_url: str | None = None
    data_dir: Path | None = None
    started_in_ms: int = 0

    @property
    def headers(self) -> dict[str, str]:
        """What the gateway wants to see with every request."""
        return {"Authorization": f"Bearer {self.api_key}"}


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


STATE = "cluster.json"
USERS = "users.lock"


@dataclass(frozen=True)
class Start:
    """How a cluster is started for a command.

    Attributes:
        port: 0 picks a free one.
        livekit: with a livekit-server; one that runs without it will not do.
        environment: beside our own, for the services.
    """

    port: int = 0
    livekit: bool = False
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


ANYHOW = Start()


@contextmanager
def use_cluster(
    data_dir: Path | None = None,
    *,
    tenant: str = DEFAULT_TENANT,
    make_tenant: bool = False,
    target: str | None = None,
    start: Start = ANYHOW,
) -> Generator[Cluster]:
    """The cluster to talk to, for as long as the block lasts. Enter it outside any event loop.

    Args:
        data_dir: of the embedded cluster; None takes the default.
        tenant: whose key is wanted. With PARLEY_API_KEY the key itself says whose it is.
        make_tenant: make the tenant and its key in the embedded cluster when it is missing.
        target: address of a cluster, before PARLEY_URL.
        start: how one is started that has to be.

    Raises:
        CliError: 4 when there is none and none can be started, 3 for an unknown tenant.
    """
    settings = cli_settings()
    named = target or settings.url
    if named is not None:
        if settings.api_key is None:
            raise missing(
                "no_api_key", f"There is no key for {named}.", "Set PARLEY_API_KEY to one."
            )
        key = settings.api_key.get_secret_value().strip()
        if not key.isascii() or not key.isprintable():
            raise missing("bad_api_key", "PARLEY_API_KEY holds what no key holds.", "Correct it.")
        yield Cluster(_address(named), key, settings.redis_url)
        return
    where = prepare_data_dir(data_dir or settings.data_dir or default_data_dir())
    state = running_state(where)
    if state is not None:
        if start.livekit and state.livekit_url is None:
            raise missing(
                "no_livekit",
                f"The cluster at {state.url} has no live meetings.",
                "Start it by `parley up --livekit`, or name another directory with --data-dir.",
            )
        with used_by_us(where):
            yield _cluster(where, state, tenant, make_tenant=make_tenant)
        return
    with _started(where, start) as (state, took_ms):
        cluster = _cluster(where, state, tenant, make_tenant=make_tenant)
        yield replace(cluster, started_in_ms=took_ms)


def _address(named: str) -> str:
    """The gateway's address, without a trailing slash."""
    try:
        parts = urlsplit(named)
        complete = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # half an IPv6 address, a port that is no number
        complete = False
    if not complete:
        raise missing(
            "bad_address",
            f"{named} is no address of a gateway.",
            "Correct PARLEY_URL or --target; one looks like http://127.0.0.1:8700.",
        )
    return named.rstrip("/")


def running_state(data_dir: Path, *, wait_s: float = READY_TIMEOUT_S) -> RunningState | None:
    """The cluster that runs in this directory; None when there is none (a stale file is nothing).

    Raises:
        CliError: one is just starting, and not ready after `wait_s`.
    """
    deadline = time.monotonic() + wait_s
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


def _cluster(data_dir: Path, state: RunningState, tenant: str, *, make_tenant: bool) -> Cluster:
    key = key_file(data_dir, tenant)
    if not key.exists():
        if not make_tenant:
            raise bad_input(
                "unknown_tenant",
                f"There is no tenant `{tenant}` in this cluster.",
                f"Make it with `parley provision --tenant {tenant}`.",
            )
        asyncio.run(provision_tenant(state.database_url, state.redis_url, data_dir, tenant))
    return Cluster(
        state.url, key.read_text().strip(), state.redis_url, state.database_url, data_dir
    )


@contextmanager
def _started(data_dir: Path, start: Start) -> Generator[tuple[RunningState, int]]:
    """`parley up` as a child, which ends with us, its progress on our standard error."""
    begun = time.monotonic()
    say("starting the embedded cluster")
    command = [sys.executable, "-m", "cli", "up", "--json", "--port", str(start.port)]
    command += ["--livekit"] if start.livekit else []
    told = dict(os.environ) | dict(start.environment)  # noqa: TID251 - ours goes on to the services
    child = spawn([*command, "--data-dir", data_dir], Launch(log=None, environment=told))
    try:
        _await_ready(child)
        state = running_state(data_dir)
        if state is None:
            raise missing("cluster_ended", "The embedded cluster ended as soon as it was ready.")
        yield state, round((time.monotonic() - begun) * 1000)
        leave_to_others(child, data_dir)
    except CliError as error:
        stop(child, signal.SIGTERM, grace_s=STOPPED_TIMEOUT_S)
        if (said := _said(child)) is not None:
            raise said from error  # why the cluster ended says more than that it is gone
        raise
    finally:
        stop(child, signal.SIGTERM, grace_s=STOPPED_TIMEOUT_S)
        assert child.stdout is not None
        child.stdout.close()


@contextmanager
def used_by_us(data_dir: Path) -> Generator[None]:
    """Keeps the command that started the cluster from stopping it meanwhile."""
    lock = try_lock(data_dir / USERS, wait_s=USERS_LOCK_TIMEOUT_S, shared=True)
    try:
        yield
    finally:
        if lock is not None:  # else the cluster is being stopped, which the block will notice
            lock.close()


def leave_to_others(child: subprocess.Popen[bytes], data_dir: Path) -> None:
    """Return when no other command uses the cluster that we started; Ctrl-C does not wait."""
    told, deadline = False, time.monotonic() + OTHERS_TIMEOUT_S
    try:
        while child.poll() is None and time.monotonic() < deadline:
            lock = try_lock(data_dir / USERS)
            if lock is not None:
                lock.close()
                return
            if not told:
                told = True
                say("another command uses this cluster; it is stopped after that, or by Ctrl-C")
            time.sleep(POLL_S)
    except KeyboardInterrupt:
        return


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


def _said(child: subprocess.Popen[bytes]) -> CliError | None:
    """The error with which a cluster ended that was ready once; None when it has said none."""
    assert child.stdout is not None
    return _error_in(os.read(child.stdout.fileno(), LINE_BYTES), child)


def _error_in(line: bytes, child: subprocess.Popen[bytes]) -> CliError | None:
    try:
        said: dict[str, Any] = json.loads(line or b"{}")
    except ValueError:
        return None
    error: dict[str, str] | None = said.get("error")
    if error is None or child.returncode not in set(Exit):
        return None
    return CliError(Exit(child.returncode), error["code"], error["message"], error["hint"])
