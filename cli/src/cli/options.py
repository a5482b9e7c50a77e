"""Options that mean the same in every subcommand."""

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        envvar="PARLEY_DATA_DIR",
        readable=False,  # a directory that is closed to us is no wrong usage (exit code 4, not 2)
        help="Where the embedded servers keep their data.",
    ),
]
Tenant = Annotated[str, typer.Option("--tenant", help="On whose behalf.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]

DEFAULT_TENANT = "demo"
