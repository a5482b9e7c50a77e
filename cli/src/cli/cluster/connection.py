"""The cluster a subcommand talks to: the one named, the one running here, or one of its own.

with use_cluster(data_dir, tenant=tenant) as cluster, Gateway(cluster) as gateway:
    gateway.search("refund", limit=3)  # cli/client/gateway.py has every request
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from cli.cluster.child_cluster import StartOptions, child_cluster
from cli.cluster.running_state import RunningState, running_state
from cli.cluster.users_lock import in_use
from cli.command_line.errors import CliError, bad_input, missing
from cli.command_line.options import DEFAULT_TENANT
from cli.command_line.settings import CliSettings, cli_settings
from cli.embedded.directory import default_data_dir, prepare_data_dir
from cli.provisioning.tenants import key_file, provision_tenant


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


DEFAULTS = StartOptions()


@contextmanager
def use_cluster(
    data_dir: Path | None = None,
    *,
    tenant: str = DEFAULT_TENANT,
    make_tenant: bool = False,
    target: str | None = None,
    start: StartOptions = DEFAULTS,
    settings: CliSettings | None = None,
) -> Generator[Cluster]:
    """The cluster to talk to, for as long as the block lasts. Enter it outside any event loop.

    Args:
        data_dir: of the embedded cluster; None takes the default.
        tenant: whose key is wanted. With PARLEY_API_KEY the key itself says whose it is.
        make_tenant: make the tenant and its key in the embedded cluster when it is missing.
        target: address of a cluster, before PARLEY_URL.
        start: how one is started that has to be.
        settings: of the command; None reads the environment, once a process.

    Raises:
        CliError: 4 when there is none and none can be started, 3 for an unknown tenant.
    """
    settings = settings or cli_settings()
    named = target or settings.url
    if named is not None:
        if start.alone:
            raise _not_alone(named)
        key = _key_for(named, settings)
        yield Cluster(_address(named), key, settings.redis_url)
        return
    where = prepare_data_dir(data_dir or settings.data_dir or default_data_dir())
    state = running_state(where)
    if state is not None:
        if start.alone:
            raise _not_alone(state.url)
        if start.livekit and state.livekit_url is None:
            raise missing(
                "no_livekit",
                f"The cluster at {state.url} has no live meetings.",
                "Start it by `parley up --livekit`, or name another directory with --data-dir.",
            )
        with in_use(where):
            yield _cluster(where, state, tenant, make_tenant=make_tenant)
        return
    with child_cluster(where, start) as (state, took_ms):
        cluster = _cluster(where, state, tenant, make_tenant=make_tenant)
        yield replace(cluster, started_in_ms=took_ms)


def _not_alone(url: str) -> CliError:
    return bad_input(
        "cluster_runs",
        f"The cluster at {url} was started without what this command needs.",
        "Name another directory with --data-dir, and no --target and no PARLEY_URL.",
    )


def _key_for(named: str, settings: CliSettings) -> str:
    if settings.api_key is None:
        raise missing("no_api_key", f"There is no key for {named}.", "Set PARLEY_API_KEY to one.")
    key = settings.api_key.get_secret_value().strip()
    if not key.isascii() or not key.isprintable():
        raise missing("bad_api_key", "PARLEY_API_KEY holds what no key holds.", "Correct it.")
    return key


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
