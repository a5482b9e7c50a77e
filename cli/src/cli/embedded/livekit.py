"""A livekit-server of the cluster's own, for meetings on this machine: loopback only.

Its program comes by `make livekit` or lies on the PATH. It keeps nothing: rooms end with it.
"""

import json
import shutil
import signal
import socket
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import psutil

from cli.command_line.errors import missing
from cli.embedded.processes import Launch, spawn
from cli.embedded.server import Server, ServerKind, StartAttempt, start_server

API_KEY: Final = "parley"
BUILT: Final = Path(__file__).parents[4] / ".livekit/bin/livekit-server"
"""Where `make livekit` puts it, in a checkout."""

EMPTY_S: Final = 300
"""A room that nobody joined ends after this."""
DEPARTED_S: Final = 20
"""And one whose last person left: long enough to come back after a lost connection."""


@dataclass(frozen=True)
class LiveKit:
    """What the services need of a server: the settings LIVEKIT_*."""

    url: str
    api_key: str
    api_secret: str


def find_livekit() -> Path | None:
    """The program: the checkout's own, which is pinned, before one on the PATH."""
    if BUILT.is_file():
        return BUILT
    found = shutil.which("livekit-server")
    return Path(found) if found else None


def livekit_program() -> Path:
    """The program.

    Raises:
        CliError: 4, there is none.
    """
    program = find_livekit()
    if program is None:
        raise missing(
            "livekit_missing",
            "There is no livekit-server here, which live meetings need.",
            "Run `make livekit`, or set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET.",
        )
    return program


def start_livekit(
    data_dir: Path, *, api_secret: str, webhook_url: str | None = None, port: int | None = None
) -> Server:
    """Start it below a prepared data directory; its url is `ws://`.

    Args:
        data_dir: see `prepare_data_dir`; `livekit.json` there tells the owner the keys.
        api_secret: of the key `API_KEY`; at least 32 characters.
        webhook_url: receives what happens in rooms; None sends it nowhere.
        port: None takes a free one. The one for media is always another free one.

    Raises:
        CliError: 4, there is no such program, or it does not start.
    """
    program = livekit_program()
    log, config_file = data_dir / "logs" / "livekit.log", data_dir / "livekit.json"

    def start(chosen: int, lock: int) -> StartAttempt:
        config_file.unlink(missing_ok=True)
        config_file.touch(0o600)  # it holds the secret
        # The port for media, too, is another one at every attempt.
        config_file.write_text(_configuration(chosen, api_secret, webhook_url))
        process = spawn(
            [program, "--config", config_file],
            # At once, however it ends: asked politely it waits until its rooms are empty.
            Launch(log=log, death_signal=signal.SIGKILL, keep_fds=(lock,)),
        )
        return StartAttempt(
            f"ws://127.0.0.1:{chosen}",
            process,
            signal.SIGKILL,
            partial(_listens, process.pid, chosen),
        )

    kind = ServerKind("livekit-server", "livekit-server", data_dir / ".livekit.lock", log)
    return start_server(kind, start, port=port)


def _configuration(port: int, api_secret: str, webhook_url: str | None) -> str:
    """JSON, which is YAML too."""
    configuration: dict[str, object] = {
        "port": port,
        "bind_addresses": ["127.0.0.1"],
        "keys": {API_KEY: api_secret},
        # The gateway asks every second who is there, which would be a line each time.
        "logging": {"level": "info", "component_levels": {"api": "warn"}},
        "rtc": {
            "node_ip": "127.0.0.1",
            "udp_port": _free_udp_port(),
            "tcp_port": 0,  # it would listen on every interface, whatever `bind_addresses` says
            "use_external_ip": False,
            "enable_loopback_candidate": True,
            "interfaces": {"includes": ["lo", "lo0"]},
        },
        "room": {"empty_timeout": EMPTY_S, "departure_timeout": DEPARTED_S},
    }
    if webhook_url is not None:
        configuration["webhook"] = {"api_key": API_KEY, "urls": [webhook_url]}
    return json.dumps(configuration, indent=2)


def _free_udp_port() -> int:
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(pid: int, port: int) -> bool:
    """Whether the process that was started is the one that listens there."""
    try:
        held = psutil.Process(pid).net_connections("tcp")
    except psutil.Error:
        return False
    return any(one.status == psutil.CONN_LISTEN and one.laddr[1] == port for one in held)
