"""Valkey, whose directory, port and users are its own.

The user `default` is off. `operator` may do everything; provision adds a user for each service.
"""

import hashlib
import os
import re
import secrets
import signal
import socket
from functools import partial
from pathlib import Path

from cli.embedded.binaries import valkey_server
from cli.embedded.directory import make_server_home, server_account
from cli.embedded.memory import memory_for_valkey
from cli.embedded.processes import Launch, RunAs, spawn
from cli.embedded.server import Server, ServerKind, StartAttempt, start_server

ANSWER_TIMEOUT_S = 0.5
PROCESS_ID = re.compile(rb"process_id:(\d+)\r")
REPLY_BYTES = 16_384
OPERATOR = "operator"
USERS = "users.acl"


def start_valkey(
    data_dir: Path,
    *,
    port: int | None = None,
    durable: bool = True,
    max_memory_bytes: int | None = None,
) -> Server:
    """Start Valkey below a prepared data directory.

    Args:
        data_dir: see `prepare_data_dir`.
        port: None takes a free one.
        durable: False keeps nothing on disk (tests).
        max_memory_bytes: from where on it refuses to store; None takes the machine's share.
    """
    run_as = server_account(data_dir)
    program = valkey_server(data_dir, run_as)
    home = make_server_home(data_dir / "valkey", run_as)
    password = _password(data_dir)
    _make_users(home / USERS, password, run_as)
    log = data_dir / "logs" / "valkey.log"
    memory_bytes = max_memory_bytes or memory_for_valkey()
    configured = partial(_configuration, home, memory_bytes=memory_bytes, durable=durable)

    def start(chosen: int, lock: int) -> StartAttempt:
        process = spawn(
            [program, "-"],
            Launch(
                log=log,
                stdin=configured(chosen).encode(),
                environment={"LC_ALL": "C"},
                directory=home,
                run_as=run_as,
                keep_fds=(lock,),
            ),
        )
        url = f"redis://{OPERATOR}:{password}@127.0.0.1:{chosen}/0"
        return StartAttempt(
            url,
            process,
            signal.SIGTERM,
            partial(_answers_as, process.pid, chosen, password),
        )

    # Valkey does not lock its directory itself; two on one file would ruin it.
    kind = ServerKind("Valkey", "valkey", home / ".lock", log)
    return start_server(kind, start, port=port)


def _configuration(home: Path, port: int, *, memory_bytes: int, durable: bool) -> str:
    lines = [
        "bind 127.0.0.1",
        f"port {port}",
        f'dir "{home}"',
        f"appendonly {'yes' if durable else 'no'}",
        'save ""',
        # Facts are never dropped to make room: a full server refuses and the writers wait.
        f"maxmemory {memory_bytes}",
        "maxmemory-policy noeviction",
        f'aclfile "{home / USERS}"',
    ]
    return "\n".join(lines) + "\n"


def _password(data_dir: Path) -> str:
    path = data_dir / "valkey.password"
    if not path.exists():
        path.touch(0o600)
        path.write_text(secrets.token_hex(16))
    return path.read_text()


def _make_users(path: Path, password: str, run_as: RunAs) -> None:
    """The file of users as a cluster starts with it; the server keeps those of the services there.

    Made anew, so that nobody is let in whom an older version let in.
    """
    digest = hashlib.sha256(password.encode()).hexdigest()
    half = path.with_suffix(".tmp")
    half.unlink(missing_ok=True)
    half.touch(0o640)
    half.write_text(f"user default off\nuser {OPERATOR} on #{digest} ~* &* +@all\n")
    if run_as.gid is not None:
        os.chown(half, run_as.uid or -1, run_as.gid)
    half.rename(path)


def _answers_as(pid: int, port: int, password: str) -> bool:
    """Whether the process that answers there is the one that was started."""
    try:
        with socket.create_connection(("127.0.0.1", port), ANSWER_TIMEOUT_S) as connection:
            connection.settimeout(ANSWER_TIMEOUT_S)
            connection.sendall(f"AUTH {OPERATOR} {password}\r\nINFO server\r\n".encode())
            reply = b""
            while (named := PROCESS_ID.search(reply)) is None and len(reply) < REPLY_BYTES:
                more = connection.recv(REPLY_BYTES)
                if not more:
                    return False
                reply += more
            return named is not None and int(named[1]) == pid
    except OSError:
        return False
