"""`parley up`: servers, tables, streams, and the six services, in the foreground."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cli.client.gateway import Gateway
from cli.cluster.connection import Cluster
from cli.cluster.page import new_code, page_address
from cli.cluster.readiness import await_ready, unready
from cli.cluster.running_state import STATE, RunningState, running_state
from cli.cluster.service_processes import ClusterConfig, start_service
from cli.cluster.supervisor import REPORT, Child, Program, Supervisor
from cli.command_line.errors import missing
from cli.command_line.options import DEFAULT_TENANT, DataDir, Json
from cli.command_line.output import print_json, say
from cli.command_line.settings import cli_settings, given_providers
from cli.embedded.directory import default_data_dir, prepare_data_dir, require_room
from cli.embedded.livekit import API_KEY, LiveKit, livekit_program, start_livekit
from cli.embedded.postgres import start_postgres
from cli.embedded.processes import free_ports, port_is_free, try_lock
from cli.embedded.server import Server, why_a_server_ended
from cli.embedded.servers import Addresses
from cli.embedded.valkey import start_valkey
from cli.provision import say_refused
from cli.provisioning.cluster import cluster_secret, provision_cluster
from cli.provisioning.secret import derived
from cli.provisioning.services import SERVICES
from cli.provisioning.tenants import key_file
from providers.catalogue import BY_NAME

DEFAULT_PORT = 8700
SERVER_GRACE_S = 20.0
# A command that asks whether a cluster runs here holds the lock for an instant.
LOCK_TIMEOUT_S = 1.0

Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Of HTTP; 0 picks one.")]
WithLiveKit = Annotated[
    bool,
    typer.Option("--livekit", help="Also a livekit-server, for live meetings on this machine."),
]
WEBHOOK_PATH = "/v1/livekit/webhook"


def command(
    port: Port = DEFAULT_PORT,
    livekit: WithLiveKit = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Run the embedded cluster until Ctrl-C.

    DATABASE_URL, REDIS_URL and LIVEKIT_URL win over its own servers.

    Example: parley up --livekit --port 0
    """
    begun = time.monotonic()
    if port and not port_is_free(port):
        raise missing(
            "port_taken", f"Port {port} is in use.", "Name another with --port, or 0 for any."
        )
    where = prepare_data_dir(data_dir or default_data_dir())
    supervisor = Supervisor(where / REPORT)
    with _only_one(where):
        try:
            state, page, config = _start(where, port, supervisor, livekit=livekit)
            took_ms = round((time.monotonic() - begun) * 1000)
            _say_ready(state, page, where, took_ms, as_json=as_json)
            supervisor.watch(partial(require_room, where), partial(unready, config))
        except (KeyboardInterrupt, SystemExit):
            say("stopping")  # as asked: done
        finally:
            # Asked twice, it still ends all in order, within the time that each may take.
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            (where / STATE).unlink(missing_ok=True)
            supervisor.end()


@contextmanager
def _only_one(data_dir: Path) -> Generator[None]:
    lock = try_lock(data_dir / "lock", timeout_s=LOCK_TIMEOUT_S)
    if lock is None:
        state = running_state(data_dir, timeout_s=0)
        # The address ends its line: a full stop behind it would be taken for a part of it.
        use = f"open {_page_of(state, data_dir)}" if state else "try again"
        raise missing(
            "already_running",
            f"A cluster runs in {data_dir} already.",
            f"Stop it, name another directory with --data-dir, or {use}",
        )
    with lock:
        yield


def _page_of(state: RunningState, data_dir: Path) -> str:
    """An address that opens the page of a cluster that another command runs."""
    cluster = Cluster(state.url, key_file(data_dir, DEFAULT_TENANT).read_text().strip())
    with Gateway(cluster) as gateway:
        return gateway.page_address() or state.url


def _start(
    where: Path, port: int, supervisor: Supervisor, *, livekit: bool
) -> tuple[RunningState, str, ClusterConfig]:
    """Start everything in order; returns what runs, the page's address, and how it was set up."""
    livekit_url = _livekit_named()
    if livekit and livekit_url is None:
        livekit_program()  # its lack is said before anything is started
    addresses = _start_servers(where, supervisor)
    say("making tables and streams")
    done = asyncio.run(provision_cluster(addresses, where, DEFAULT_TENANT))
    if done.redis_users_refused:
        say_refused(done.redis_users_refused)
    ports = dict(zip((unit.name for unit in SERVICES), free_ports(len(SERVICES)), strict=True))
    ports["gateway"] = port or ports["gateway"]
    code = new_code(key_file(where, DEFAULT_TENANT).read_text().strip())
    own = None
    if livekit and livekit_url is None:
        own = _start_livekit(where, supervisor, ports["gateway"])
        livekit_url = own.url
    config = ClusterConfig(
        where,
        addresses,
        cluster_secret(where),
        ports,
        page=code,
        livekit=own,
        shares_redis_user=done.redis_users_refused is not None,
    )
    for folder in ("files", "cache"):
        (where / folder).mkdir(mode=0o700, exist_ok=True)
    say(_switched_on())
    say("starting the services")
    services = supervisor.group()
    for unit in SERVICES:
        services.append(start_service(unit, config))
    await_ready(list(zip(SERVICES, services, strict=True)), config, supervisor.tend)
    url = f"http://127.0.0.1:{ports['gateway']}"
    state = RunningState(url, os.getpid(), addresses.redis_url, addresses.database_url, livekit_url)
    state.save(where)
    return state, page_address(url, code.text), config


def _switched_on() -> str:
    if cli_settings().offline:
        return "OFFLINE is set: everything runs on this machine, whatever keys there are"
    given = given_providers()
    if not given:
        return "no provider has a key: everything runs on this machine"
    return f"switched on: {', '.join(BY_NAME[name].title for name in given)}"


def _livekit_named() -> str | None:
    """The server of live meetings that the environment names; it wins over our own.

    Raises:
        CliError: 4, it is named without its key.
    """
    settings = cli_settings()
    if settings.livekit_url is None:
        return None
    if settings.livekit_api_key is None or settings.livekit_api_secret is None:
        raise missing(
            "no_livekit_key",
            f"There is no key for the LiveKit server {settings.livekit_url}.",
            "Set LIVEKIT_API_KEY and LIVEKIT_API_SECRET, or unset LIVEKIT_URL.",
        )
    return settings.livekit_url


def _start_livekit(where: Path, supervisor: Supervisor, gateway_port: int) -> LiveKit:
    secret = derived(cluster_secret(where), "livekit")
    webhook_url = f"http://127.0.0.1:{gateway_port}{WEBHOOK_PATH}"
    start = partial(start_livekit, api_secret=secret, webhook_url=webhook_url)
    return LiveKit(_supervised("livekit", start, where, supervisor), API_KEY, secret)


def _start_servers(where: Path, supervisor: Supervisor) -> Addresses:
    settings = cli_settings()
    redis_url = settings.redis_url
    database_url = settings.database_url.get_secret_value() if settings.database_url else None
    if redis_url is None:
        max_bytes = (settings.redis_max_memory_mb or 0) * 1_000_000 or None
        start = partial(start_valkey, max_memory_bytes=max_bytes)
        redis_url = _supervised("valkey", start, where, supervisor)
    if database_url is None:
        database_url = _supervised("postgres", start_postgres, where, supervisor)
    return Addresses(database_url, redis_url)


def _supervised(
    name: str, start: Callable[[Path], Server], where: Path, supervisor: Supervisor
) -> str:
    """Start a server and keep it at its address; returns that.

    Raises:
        CliError: 4, it does not start: the first time that ends the command.
    """
    say(f"starting {name}")
    server = start(where)
    program = Program(
        name, server.restart, server.stop_signal, SERVER_GRACE_S, server.log, why_a_server_ended
    )
    supervisor.group().append(Child(program, server.process))
    return server.url


def _say_ready(state: RunningState, page: str, where: Path, took_ms: int, *, as_json: bool) -> None:
    key = key_file(where, DEFAULT_TENANT)
    if as_json:
        print_json(
            {"url": state.url, "page": page, "key_file": key, "data_dir": where}
            | {"pid": os.getpid(), "livekit_url": state.livekit_url, "started_in_ms": took_ms}
        )
        say(f"Parley runs after {took_ms / 1000:.1f} s")
        return
    say(f"Parley runs after {took_ms / 1000:.1f} s; its key is in {key}")
    say(f"Open {page}")
    if state.livekit_url is not None:
        say("and start a meeting there; or ask for one with `POST /v1/rooms`, and open its link")
