"""Options that mean the same in every subcommand."""

import os
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import bad_input

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


def require_file(path: Path) -> None:
    """Return when the file is there and may be read.

    Raises:
        CliError: 3, saying what is the matter.
    """
    if path.is_dir():
        raise bad_input("not_a_file", f"{path} is a folder.", "Name a file in it.")
    if not path.exists():
        raise bad_input("no_such_file", f"There is no file {path}.", "Check its spelling.")
    if not path.is_file():
        raise bad_input("not_a_file", f"{path} is no file.", "Copy what it gives into a file.")
    if not os.access(path, os.R_OK):
        raise bad_input("unreadable", f"The file {path} may not be read by you.", "Allow it first.")
