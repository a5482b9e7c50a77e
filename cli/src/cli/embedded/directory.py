"""The data directory: where it is, that it can be used, and as whom the servers use it."""

import grp
import os
import pwd
import secrets
import shutil
from pathlib import Path

from cli.command_line.errors import CliError, missing
from cli.embedded.processes import RunAs

# A fresh cluster takes about 60 MB, the copied binaries 45 MB, the sample meeting 20 MB; the rest
# is the write-ahead log's room to grow.
NEEDED_BYTES = 400_000_000
# With less, the cluster ends while its servers can still write down what they hold: two segments of
# PostgreSQL's log. On a full disk PostgreSQL would panic, and a meeting would wait for ever.
LEFT_BYTES = 40_000_000
TRAVERSE = 0o001
# Above those that systems give to people, and mapped in most containers, which know 65,536.
OWN_GROUPS = range(40_000, 60_000)


def is_root() -> bool:
    return os.geteuid() == 0


def default_data_dir() -> Path:
    """For root below /var/lib, since `nobody` must reach it; else in the home directory."""
    if is_root():
        return Path("/var/lib/parley")
    home = Path(pwd.getpwuid(os.geteuid()).pw_dir) if _has_account() else Path("/nonexistent")
    if os.access(home, os.W_OK | os.X_OK):
        return home / ".local/share/parley"
    return Path(f"/var/tmp/parley-{os.geteuid()}")  # noqa: S108 - its owner is checked before use


def _has_account() -> bool:
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return True


def server_account(data_dir: Path) -> RunAs:
    """As whom the servers run.

    PostgreSQL refuses to run as root, so under root they are `nobody`, which others may be too. So
    they have a group of their own, of this data directory alone: only with it one can enter a
    server's directory, or look into its memory and open files (ptrace asks for the same group).
    """
    if not is_root():
        if not _has_account():
            raise missing(
                "no_account",
                f"PostgreSQL does not run for the user id {os.geteuid()}, which has no account.",
                "Run the command as a user that has one, or set DATABASE_URL and REDIS_URL.",
            )
        return RunAs()
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise missing(
            "no_account",
            "There is no account `nobody`, as which the embedded servers run under root.",
            "Run the command as another user, or set DATABASE_URL and REDIS_URL.",
        ) from None
    return RunAs(nobody.pw_uid, _own_group(data_dir))


def _own_group(data_dir: Path) -> int:
    """A group id that no account has; drawn once, then kept in the data directory."""
    kept = data_dir / "servers.gid"
    if not kept.exists():
        taken = {group.gr_gid for group in grp.getgrall()} | {one.pw_gid for one in pwd.getpwall()}
        free = [gid for gid in OWN_GROUPS if gid not in taken]
        kept.touch(0o600)
        kept.write_text(str(secrets.choice(free)))
    return int(kept.read_text())


def prepare_data_dir(path: Path, *, needed_bytes: int = NEEDED_BYTES) -> Path:
    """Make the directory usable; changes no directory above it that exists already.

    Raises:
        CliError: 4, naming what is in the way.
    """
    path = make_data_dir(path)
    try:
        mode = path.stat().st_mode
        if is_root() and not mode & TRAVERSE:
            # Only ever opened, and only to walk through: it may be a directory of many uses.
            path.chmod((mode | 0o011) & 0o7777)
        (path / "logs").mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise _unusable(path, error) from error
    if is_root():
        require_reachable(path)
    require_room(path, needed_bytes=needed_bytes)
    return path


def make_data_dir(path: Path) -> Path:
    """Make the directory where it is missing; enough for the command's own notes.

    Raises:
        CliError: 4, it cannot be made, or is another user's.
    """
    path = path.expanduser().absolute()
    try:
        _make(path)
        path = path.resolve()
        owner = path.stat().st_uid
    except OSError as error:
        raise _unusable(path, error) from error
    if owner != os.geteuid():
        raise missing(
            "data_dir_foreign",
            f"The data directory {path} belongs to another user.",
            "Name one of your own with --data-dir.",
        )
    return path


def require_room(path: Path, *, needed_bytes: int = LEFT_BYTES) -> None:
    """Return when the disk has room; by default as much as running servers must find.

    Raises:
        CliError: 4, with how much there is.
    """
    free_bytes = shutil.disk_usage(path).free
    if free_bytes < needed_bytes:
        raise missing(
            "disk_full",
            f"{path} has {free_bytes // 1_000_000} MB left; Parley needs "
            f"{needed_bytes // 1_000_000} MB there.",
            "Free some space, or name another place with --data-dir.",
        )


def _make(path: Path) -> None:
    if path.is_dir():
        return
    if not path.parent.exists():
        _make(path.parent)
    path.mkdir(exist_ok=True)
    # Made by us just now, whatever the umask: what exists already is never changed.
    path.chmod(0o711 if is_root() else 0o700)


def require_reachable(path: Path) -> None:
    """Under root, `nobody` must be able to walk to the directory; we never open one for it."""
    for parent in reversed(path.parents):
        if not parent.stat().st_mode & TRAVERSE:
            raise missing(
                "parent_closed",
                f"The servers run as `nobody` and cannot reach {path}: {parent} is closed to them.",
                "Name a place below open directories with --data-dir, such as /var/lib/parley.",
            )


def _unusable(path: Path, error: OSError) -> CliError:
    why = error.strerror or type(error).__name__
    where = error.filename or path
    return missing(
        "data_dir_unusable",
        f"The data directory {path} cannot be used: {where}: {why}.",
        "Name a directory you can write to with --data-dir or PARLEY_DATA_DIR.",
    )


def make_server_home(path: Path, run_as: RunAs) -> Path:
    """A server's own directory, closed to everybody else, also to others of its account."""
    path.mkdir(exist_ok=True)
    if run_as.gid is None:
        path.chmod(0o700)
    else:
        os.chown(path, os.geteuid(), run_as.gid)
        path.chmod(0o770)
    return path
