"""The six services as processes: the environment of each, how it starts, when it is ready."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cli.cluster.page import PageAccess
from cli.cluster.supervisor import REPORT, Child, Program
from cli.embedded.livekit import LiveKit
from cli.embedded.processes import Launch, spawn
from cli.embedded.servers import Addresses
from cli.provisioning.redis_users import service_redis_url
from cli.provisioning.secret import derived, service_url
from cli.provisioning.services import ServiceUnit

DRAIN_S = 10.0  # what a service may take over what it has in hand
GRACE_S = DRAIN_S + 10.0  # and over closing everything after that
LAST_WORDS_CHARS = 300
LOG_BYTES = 20_000_000
LIVEKIT_USERS = ("gateway", "media-agent")
SEARCHERS = ("rag", "llm-router")
# The admin's address and the secret behind all passwords are the command's alone; tokens it makes.
NOT_PASSED_ON = ("DATABASE_URL", "PARLEY_SECRET", "PARLEY_API_KEY", "SERVICE_TOKEN")


@dataclass(frozen=True)
class ClusterConfig:
    """What the services of one cluster share."""

    data_dir: Path
    addresses: Addresses
    secret: bytes
    ports: Mapping[str, int]  # by service name
    page: PageAccess | None = None
    shares_redis_user: bool = False  # where Redis makes no users
    livekit: LiveKit | None = None  # the embedded one; one in the environment is passed on as it is


def environment_of(unit: ServiceUnit, config: ClusterConfig) -> dict[str, str]:
    """Everything the service reads: the command's own environment, and what is given here."""
    inherited = dict(os.environ)  # noqa: TID251 - keys of providers and settings go on to the service
    for name in NOT_PASSED_ON:
        inherited.pop(name, None)
    own = {
        "REDIS_URL": _redis_url(unit, config),
        "FILES_DIR": str(config.data_dir / "files"),
        "CACHE_DIR": str(config.data_dir / "cache"),
        "HOST": "127.0.0.1",
        "PORT": str(config.ports[unit.name]),
        "GATEWAY_RAG_URL": f"http://127.0.0.1:{config.ports['rag']}",
        "LLM_ROUTER_RAG_URL": f"http://127.0.0.1:{config.ports['rag']}",
        "DRAIN_S": str(DRAIN_S),
    }
    own |= _tokens(unit, config.secret)
    if unit.name == "gateway":
        own["GATEWAY_SUPERVISION_FILE"] = str(config.data_dir / REPORT)
    if unit.name == "gateway" and config.page is not None:
        own |= config.page.environment(config.secret)
    if unit.name in LIVEKIT_USERS and config.livekit is not None:
        own |= {
            "LIVEKIT_URL": config.livekit.url,
            "LIVEKIT_API_KEY": config.livekit.api_key,
            "LIVEKIT_API_SECRET": config.livekit.api_secret,
        }
    if unit.migrations is not None:
        own["DATABASE_URL"] = service_url(config.addresses.database_url, unit.module, config.secret)
    return inherited | own


def _redis_url(unit: ServiceUnit, config: ClusterConfig) -> str:
    if config.shares_redis_user:
        return config.addresses.redis_url
    return service_redis_url(config.addresses.redis_url, unit, config.secret)


def _tokens(unit: ServiceUnit, secret: bytes) -> dict[str, str]:
    """One for who lets people into meetings, one for who may search; none for the others.

    So llm-router and rag can invite nobody, and media-agent reads no tenant's documents.
    """
    meetings, searching = derived(secret, "service-token"), derived(secret, "rag-token")
    if unit.name in SEARCHERS:
        return {"SERVICE_TOKEN": searching}
    if unit.name in LIVEKIT_USERS:
        asks_rag = {"GATEWAY_RAG_TOKEN": searching} if unit.name == "gateway" else {}
        return {"SERVICE_TOKEN": meetings} | asks_rag
    return {}


def start_service(unit: ServiceUnit, config: ClusterConfig) -> Child:
    """Start a service; its words go to `<data-dir>/logs/<service>.log`."""
    log = log_file(config.data_dir, unit)
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.rename(log.with_suffix(".log.1"))
    start = partial(_spawn, unit, config, log)
    program = Program(unit.name, start, signal.SIGTERM, GRACE_S, log, last_line)
    return Child(program, start())


def last_line(log: str) -> str:
    """A service's last words; "" when it said nothing."""
    lines = log.splitlines()
    return lines[-1][:LAST_WORDS_CHARS] if lines else ""


def log_file(data_dir: Path, unit: ServiceUnit) -> Path:
    return data_dir / "logs" / f"{unit.name}.log"


def _spawn(unit: ServiceUnit, config: ClusterConfig, log: Path) -> subprocess.Popen[bytes]:
    return spawn(
        [sys.executable, "-m", unit.module],
        Launch(
            log=log,
            # Killed with us, not asked: its servers are gone in that same moment, there is nothing
            # left to finish, and what was in hand is delivered again.
            death_signal=signal.SIGKILL,
            environment=environment_of(unit, config),
        ),
    )
