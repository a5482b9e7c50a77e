"""`parley run SERVICE`: one service in place of this process, with its environment."""

import os
import sys
from typing import Annotated

import typer

from cli.command_line.errors import CliError, Exit
from cli.provisioning.services import SERVICES

Name = Annotated[str, typer.Argument(metavar="SERVICE", help="One of the six.")]


def command(service: Name) -> None:
    """Run one service; REDIS_URL, DATABASE_URL, FILES_DIR and its own variables tell it how.

    Example: REDIS_URL=redis://localhost FILES_DIR=/srv/files parley run media-agent
    """
    unit = next((unit for unit in SERVICES if unit.name == service), None)
    if unit is None:
        names = ", ".join(unit.name for unit in SERVICES)
        raise CliError(Exit.USAGE, "usage", f"There is no service `{service}`.", f"One of: {names}")
    # In our place, not below us: signals and exit codes are the service's own.
    os.execv(sys.executable, [sys.executable, "-m", unit.module])  # noqa: S606 - no shell wanted
