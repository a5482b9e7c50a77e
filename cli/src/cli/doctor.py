"""`parley doctor`: what is here, what is missing, and what to do about it. Starts nothing."""

import asyncio
import os
import platform
import re
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.checks import CheckResult
from cli.checks.cluster import check_cluster
from cli.checks.ollama import check_ollama
from cli.checks.redis_users import check_redis_users
from cli.checks.servers import check_livekit, check_postgres, check_redis
from cli.checks.variables import check_variables
from cli.cluster.running_state import RunningState, running_state
from cli.command_line.errors import CliError, Exit
from cli.command_line.options import DataDir, Json
from cli.command_line.output import print_json, say
from cli.command_line.settings import cli_settings, given_providers
from cli.embedded.directory import NEEDED_BYTES, default_data_dir, is_root, require_reachable
from cli.provisioning.services import SERVICES
from providers.settings import OWN_SERVER

if TYPE_CHECKING:
    from cli.checks.providers.check import ProviderChecks

PYTHON_FLOOR = (3, 11)
NAME = re.compile(r"[A-Za-z0-9._-]+")  # how a requirement begins (PEP 508)

Providers = Annotated[
    bool, typer.Option("--providers", help="Try each provider that has a key, with a tiny call.")
]


def command(
    data_dir: DataDir = None, as_json: Json = False, *, providers: Providers = False
) -> None:
    """Is everything here that Parley needs? Exit code 4 when something is missing.

    With --providers each provider that has a key gets one tiny call; all together cost less than a
    cent. No key is printed: the output can go into a bug report.

    Example: parley doctor --providers --json
    """
    checks = list(_checks((data_dir or default_data_dir()).expanduser().absolute()))
    tried = _tried() if providers else None
    if tried is not None and not tried.rows:
        checks.append(_nobody_to_try())
    if as_json:
        print_json(
            {"checks": [asdict(check) for check in checks], **(tried.told() if tried else {})}
        )
    else:
        for check in checks:
            _say_row("ok" if check.ok else "MISSING", check.name, check.found, check.hint)
        if tried is not None:
            _say_providers(tried)
    if not all(row.ok for row in (*checks, *(tried.rows if tried else ()))):
        raise typer.Exit(Exit.MISSING)


def _nobody_to_try() -> CheckResult:
    if cli_settings().offline:
        return CheckResult("providers", False, "OFFLINE is set", "Unset it, and they are tried.")
    hint = "Put a key into `.env`; `.env.example` has them all."
    return CheckResult("providers", False, "none has a key", hint)


def _tried() -> "ProviderChecks":
    # Loads the clients of every service that calls a provider: seconds.
    from cli.checks.providers.check import check_providers  # noqa: PLC0415

    return asyncio.run(check_providers())


def _say_providers(tried: "ProviderChecks") -> None:
    for row in tried.rows:
        took = "" if row.latency_ms is None else f", {row.latency_ms} ms, ${row.cost_usd:f}"
        name = f"{row.name} {row.kind} {row.model}"
        _say_row("ok" if row.ok else "FAILED", name, f"{row.found}{took}", row.hint)
    if tried.rows:
        say(f"spent: ${tried.cost_usd:f}")


def _say_row(how: str, name: str, found: str, hint: str) -> None:
    say(f"{how:8} {name}: {found}")
    if hint:
        say(f"         {hint}")


def _checks(data_dir: Path) -> Iterator[CheckResult]:
    settings = cli_settings()
    yield _python()
    yield _machine()
    yield _packages()
    yield _data_dir(data_dir)
    yield _disk(data_dir)
    yield _ports()
    yield from check_variables()
    state = _state(data_dir)
    yield check_cluster(data_dir, state)
    database_url = settings.database_url.get_secret_value() if settings.database_url else None
    yield asyncio.run(check_postgres(database_url, state.database_url if state else None))
    redis_url = state.redis_url if state else None
    yield asyncio.run(check_redis(settings.redis_url, redis_url))
    yield asyncio.run(check_redis_users(settings, redis_url, data_dir))
    yield asyncio.run(check_livekit(settings, state.livekit_url if state else None))
    yield check_ollama(is_used=OWN_SERVER in given_providers())


def _state(data_dir: Path) -> RunningState | None:
    if not os.access(data_dir, os.W_OK):
        return None
    try:
        return running_state(data_dir, timeout_s=0)
    except CliError:  # just starting: its servers are not for us yet
        return None


def _python() -> CheckResult:
    fits = sys.version_info[:2] >= PYTHON_FLOOR
    hint = "" if fits else f"Use Python {'.'.join(map(str, PYTHON_FLOOR))} or newer."
    return CheckResult("python", fits, platform.python_version(), hint)


def _machine() -> CheckResult:
    fits = sys.platform in ("linux", "darwin")
    hint = "" if fits else "The embedded servers run on Linux and macOS."
    return CheckResult("machine", fits, f"{platform.system()} {platform.machine()}", hint)


def _packages() -> CheckResult:
    """Everything the members ask for, the weights of the local models among them."""
    members = ["parley-cli", "parley-local-models", *(f"parley-{unit.name}" for unit in SERVICES)]
    absent: set[str] = set()
    count = 0
    for member in members:
        for name in [member, *_required_by(member)]:
            count += 1
            try:
                version(name)
            except PackageNotFoundError:
                absent.add(name)
    if absent:
        return CheckResult(
            "packages", False, f"missing: {', '.join(sorted(absent))}", "`make setup`"
        )
    return CheckResult("packages", True, f"all {count} that are asked for, weights included")


def _required_by(member: str) -> list[str]:
    try:
        lines = requires(member) or []
    except PackageNotFoundError:
        return []
    return [found[0] for line in lines if (found := NAME.match(line))]


def _data_dir(data_dir: Path) -> CheckResult:
    if data_dir.exists():
        usable = data_dir.is_dir() and os.access(data_dir, os.W_OK | os.X_OK)
        usable = usable and data_dir.stat().st_uid == os.geteuid()
    else:
        usable = os.access(_nearest(data_dir), os.W_OK | os.X_OK)
    if not usable:
        hint = "Name a directory you can write to with --data-dir or PARLEY_DATA_DIR."
        return CheckResult("data-dir", False, str(data_dir), hint)
    if is_root():
        try:
            require_reachable(_nearest(data_dir) / "x")
        except CliError as error:
            return CheckResult("data-dir", False, error.message, error.hint)
    return CheckResult("data-dir", True, str(data_dir))


def _disk(data_dir: Path) -> CheckResult:
    free_bytes = shutil.disk_usage(_nearest(data_dir)).free
    fits = free_bytes >= NEEDED_BYTES
    hint = "" if fits else f"Parley needs {NEEDED_BYTES // 1_000_000} MB there."
    return CheckResult("disk", fits, f"{free_bytes // 1_000_000} MB free", hint)


def _nearest(path: Path) -> Path:
    """The path, or the closest directory above it that exists."""
    return next(place for place in (path, *path.parents) if place.is_dir())


def _ports() -> CheckResult:
    try:
        with socket.create_server(("127.0.0.1", 0)):
            return CheckResult("ports", True, "can listen on 127.0.0.1")
    except OSError as error:
        hint = "The embedded servers and services talk over 127.0.0.1."
        return CheckResult("ports", False, f"cannot listen on 127.0.0.1: {error.strerror}", hint)
