"""What the services say of themselves: are they ready, and what is not well."""

import http.client
import json
import time
from collections.abc import Callable, Sequence
from typing import Any, cast

from cli.cluster.service_processes import ClusterConfig, last_line, log_file
from cli.cluster.supervisor import Child
from cli.command_line.errors import CliError, Exit, missing
from cli.command_line.output import say
from cli.provisioning.services import SERVICES, ServiceUnit

READY_TIMEOUT_S = 120.0  # six at once load their models on two busy cores
ANSWER_TIMEOUT_S = 1.0
POLL_S = 0.1
FALLS_AWAITED = 3
NEEDED = "gateway"


def await_ready(
    started: Sequence[tuple[ServiceUnit, Child]], config: ClusterConfig, tend: Callable[[], None]
) -> None:
    """Return when all say they are ready, or only those do not that keep falling.

    Args:
        started: the services and their processes.
        config: of the cluster.
        tend: starts again whoever fell; called again and again.

    Raises:
        CliError: one misses something outside or a setting, which a restart does not bring; or the
            gateway, without which there is no cluster, is not ready in time. With its last words.
    """
    waiting = dict(started)
    deadline = time.monotonic() + READY_TIMEOUT_S
    while waiting:
        for unit, child in list(waiting.items()):
            if child.has_ended and child.process.returncode == Exit.MISSING:
                raise _did_not_start(unit, "ended", config)
            problems = _problems(config.ports[unit.name])
            if problems == []:
                say(f"{unit.name} is ready")
            elif unit.name == NEEDED or child.falls < FALLS_AWAITED:
                continue
            del waiting[unit]
        if time.monotonic() > deadline:
            _give_up_waiting(waiting, config)
            return
        tend()
        time.sleep(POLL_S)


def unready(config: ClusterConfig) -> list[str]:
    """Problems of all services that answer, each with the service's name; [] when all is well."""
    return [
        f"{unit.name}: {problem}"
        for unit in SERVICES
        if unit.name != NEEDED  # it says its own, beside these
        for problem in _problems(config.ports[unit.name]) or ()
    ]


def _give_up_waiting(waiting: dict[ServiceUnit, Child], config: ClusterConfig) -> None:
    for unit in waiting:
        problems = "; ".join(_problems(config.ports[unit.name]) or ["it does not answer"])
        if unit.name == NEEDED:
            raise _did_not_start(unit, f"is not ready ({problems})", config)
        say(f"{unit.name} is not ready ({problems}); everything else goes on")


def _did_not_start(unit: ServiceUnit, how: str, config: ClusterConfig) -> CliError:
    log = log_file(config.data_dir, unit)
    words = last_line(log.read_text(errors="replace")) if log.exists() else ""
    message = f"{unit.name} {how}: {words or 'it said nothing'}"
    return missing("service_failed", message, f"Its log is {log}")


def _problems(port: int) -> list[str] | None:
    """Of one service, as its readiness says; [] when it is ready, None when it does not answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_TIMEOUT_S)
    try:
        connection.request("GET", "/health/ready")
        answer = cast("dict[str, Any]", json.loads(connection.getresponse().read()))
        return cast("list[str]", answer["problems"])
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        return None
    finally:
        connection.close()
