"""The embedded servers end with their parent, keep their data, and are never mistaken."""

import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from redis.asyncio import Redis

from cli.command_line.errors import CliError, Exit
from cli.embedded.directory import is_root
from cli.embedded.postgres import start_postgres
from cli.embedded.processes import free_port
from cli.embedded.servers import running_servers
from cli.embedded.valkey import start_valkey
from runtime.database import connect
from support.servers import private_data_dir

HOLD = """
import sys, time
from pathlib import Path
from cli.embedded.servers import running_servers
with running_servers(Path(sys.argv[1])) as at:
    print(at.database_url, at.redis_url, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def data_dir() -> Generator[Path]:
    with private_data_dir() as path:
        yield path


def processes_in(data_dir: Path) -> list[psutil.Process]:
    """Every process that has the directory on its command line or works in it."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if str(data_dir) in " ".join([*process.cmdline(), process.cwd()]):
                found.append(process)
        except psutil.Error:
            continue
    return found


def all_gone(data_dir: Path, timeout_s: float = 10) -> bool:
    deadline = time.monotonic() + timeout_s
    while processes_in(data_dir) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not processes_in(data_dir)


@contextmanager
def parent_of_servers(data_dir: Path) -> Generator[subprocess.Popen[str]]:
    parent = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data_dir)], stdout=subprocess.PIPE, text=True
    )
    with parent:
        try:
            yield parent
        finally:
            parent.kill()


@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGTERM])
async def test_the_servers_end_with_their_parent_and_the_data_is_there_again(
    data_dir: Path, ended_by: signal.Signals
) -> None:
    with parent_of_servers(data_dir) as parent:
        assert parent.stdout is not None
        database_url, redis_url = parent.stdout.readline().split()
        connection = await connect(database_url, timeout=5)
        await connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        await connection.close()
        redis = Redis.from_url(redis_url)  # pyright: ignore[reportUnknownMemberType] - untyped **kwargs
        await redis.set("kept", "7")
        await redis.execute_command("WAITAOF", 1, 0, 5000)  # pyright: ignore[reportUnknownMemberType] - untyped **kwargs
        await redis.aclose()

        parent.send_signal(ended_by)
        parent.wait(10)
        assert all_gone(data_dir)

    with running_servers(data_dir) as again:
        connection = await connect(again.database_url, timeout=5)
        assert await connection.fetchval("SELECT n FROM kept") == 7
        await connection.close()
        redis = Redis.from_url(again.redis_url)  # pyright: ignore[reportUnknownMemberType] - untyped **kwargs
        assert await redis.get("kept") == b"7"
        await redis.aclose()
    assert all_gone(data_dir)


def test_a_strangers_server_on_the_port_is_never_taken_for_ours(data_dir: Path) -> None:
    with private_data_dir() as theirs:
        stranger = start_valkey(theirs, durable=False)
        port = int(stranger.url.rsplit(":", 1)[1].split("/")[0])
        try:
            # The stranger even knows our password.
            (data_dir / "valkey.password").write_text((theirs / "valkey.password").read_text())
            with pytest.raises(CliError, match=f"{port}.*in use") as refused:
                start_valkey(data_dir, port=port)
        finally:
            stranger.stop()
    assert refused.value.exit_code == Exit.MISSING
    assert not processes_in(data_dir)


def test_postgres_names_the_port_it_was_told_to_use_and_cannot(data_dir: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", port := free_port())),
        pytest.raises(CliError, match=f"{port}.*in use"),
    ):
        start_postgres(data_dir, port=port, durable=False)
    assert not processes_in(data_dir)


def test_two_directories_run_side_by_side(data_dir: Path) -> None:
    with (
        private_data_dir() as other,
        running_servers(data_dir, durable=False) as one,
        running_servers(other, durable=False) as two,
    ):
        assert one.database_url != two.database_url
        assert one.redis_url != two.redis_url


def test_what_the_environment_names_is_not_started(data_dir: Path) -> None:
    with running_servers(data_dir, database_url="postgresql://a/b", redis_url="redis://c") as given:
        assert (given.database_url, given.redis_url) == ("postgresql://a/b", "redis://c")
        assert not processes_in(data_dir)


def test_no_other_process_of_the_servers_account_comes_at_their_data(data_dir: Path) -> None:
    """Under root the servers are `nobody`, and so may others be; else they are who starts them."""
    valkey, postgres = start_valkey(data_dir), start_postgres(data_dir, durable=False)
    try:
        homes = [data_dir / "valkey", data_dir / "postgres"]
        for server, home in zip((valkey, postgres), homes, strict=True):
            assert home.stat().st_mode & 0o007 == 0
            if not is_root():
                assert home.stat().st_mode & 0o077 == 0
                continue
            nobody = pwd.getpwnam("nobody")
            process = f"/proc/{server.process.pid}"
            for look in (
                ["/bin/ls", home],
                ["/bin/ls", f"{process}/cwd/"],
                ["/bin/cat", f"{process}/environ"],
            ):
                looked = subprocess.run(
                    look,
                    user=nobody.pw_uid,
                    group=nobody.pw_gid,
                    extra_groups=[],
                    env={"LC_ALL": "C"},
                    capture_output=True,
                    text=True,
                    timeout=30,
                    check=False,
                )
                assert looked.returncode != 0
                assert "Permission denied" in looked.stderr
    finally:
        valkey.stop()
        postgres.stop()
