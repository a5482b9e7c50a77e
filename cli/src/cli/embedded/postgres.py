"""PostgreSQL with pgvector: one cluster below the data directory, reached by TCP and password."""

import secrets
import shutil
import signal
import subprocess
from functools import partial
from pathlib import Path

from cli.command_line.errors import missing
from cli.embedded.binaries import postgres_bin
from cli.embedded.directory import make_server_home, server_account
from cli.embedded.processes import Launch, RunAs, spawn
from cli.embedded.server import Server, ServerKind, StartAttempt, start_server

INITDB_TIMEOUT_S = 120
READY_LINE = 7  # of postmaster.pid, counted from 0; src/include/utils/pidfile.h

SETTINGS = (
    "unix_socket_directories=",  # no socket: its path would be longer than the 107 bytes allowed
    # Docker gives 64 MB of POSIX shared memory, and a parallel index build then fails.
    "dynamic_shared_memory_type=mmap",
    "timezone=UTC",
    # Without it a tenant of middling size silently gets 3 of 20 rows from the index.
    "hnsw.iterative_scan=strict_order",
)
ROOMY = ("shared_buffers=256MB", "maintenance_work_mem=512MB")
FORGETFUL = ("shared_buffers=32MB", "fsync=off", "full_page_writes=off", "synchronous_commit=off")


def start_postgres(data_dir: Path, *, port: int | None = None, durable: bool = True) -> Server:
    """Start PostgreSQL below a prepared data directory; its url is the superuser's.

    Args:
        data_dir: see `prepare_data_dir`.
        port: None takes a free one.
        durable: False trades safety for speed (tests).
    """
    run_as = server_account(data_dir)
    programs = postgres_bin(data_dir, run_as)
    home = make_server_home(data_dir / "postgres", run_as)
    data, log = home / "data", data_dir / "logs" / "postgres.log"
    settings = (*SETTINGS, *(ROOMY if durable else FORGETFUL))

    def start(chosen: int, lock: int) -> StartAttempt:
        password = _make_cluster(home, programs, run_as, data_dir, durable=durable)
        command = [programs / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(chosen)]
        process = spawn(
            [*command, *(part for setting in settings for part in ("-c", setting))],
            Launch(
                log=log,
                death_signal=signal.SIGINT,  # fast shutdown: waits for nobody
                environment={"LC_ALL": "C", "TZ": "UTC"},
                directory=home,
                run_as=run_as,
                keep_fds=(lock,),
            ),
        )
        # sslmode: no certificate files are looked for below HOME, which may be closed to us.
        url = f"postgresql://postgres:{password}@127.0.0.1:{chosen}/postgres?sslmode=disable"
        return StartAttempt(url, process, signal.SIGINT, partial(_is_ready, data, process.pid))

    kind = ServerKind("PostgreSQL", "postgres", home / ".lock", log)
    return start_server(kind, start, port=port)


def _make_cluster(
    home: Path, programs: Path, run_as: RunAs, data_dir: Path, *, durable: bool
) -> str:
    """Make the cluster once; returns the superuser's password."""
    password_file = data_dir / "postgres.password"
    if (home / "data").exists():
        return password_file.read_text()
    password, pwfile, half = secrets.token_hex(16), home / "password", home / "data.tmp"
    shutil.rmtree(half, ignore_errors=True)
    password_file.touch(0o600)
    password_file.write_text(password)
    # Readable inside the server's closed directory only, and gone after this.
    pwfile.write_text(password)
    pwfile.chmod(0o644)
    command = [programs / "initdb", "-D", half, "-U", "postgres", "-A", "scram-sha-256"]
    command += ["--pwfile", pwfile, "-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
    try:
        done = subprocess.run(  # noqa: S603 - the command is ours, no shell
            [*command, *([] if durable else ["--no-sync"])],
            check=False,
            capture_output=True,
            cwd=home,
            env={"LC_ALL": "C", "TZ": "UTC", "PATH": str(programs)},
            user=run_as.uid,
            group=run_as.gid,
            extra_groups=None if run_as.uid is None else [],
            timeout=INITDB_TIMEOUT_S,
        )
    finally:
        pwfile.unlink()
    if done.returncode != 0:
        log = data_dir / "logs" / "initdb.log"
        log.write_bytes(done.stdout + done.stderr)
        if b"No space left on device" in done.stderr:
            raise missing("disk_full", f"The disk of {home} is full.", "Free some space.")
        raise missing(
            "postgres_failed", "The PostgreSQL cluster was not made.", f"The log says why: {log}"
        )
    half.rename(home / "data")  # a half-made cluster is never taken for a whole one
    return password


def _is_ready(data: Path, pid: int) -> bool:
    """Whether the file that PostgreSQL keeps about itself names our child as ready."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) > READY_LINE and lines[0] == str(pid) and lines[READY_LINE].strip() == "ready"
