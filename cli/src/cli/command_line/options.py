"""Options that mean the same in every subcommand."""

import os
import stat
from pathlib import Path
from typing import Annotated

import typer

from cli.command_line.errors import bad_input

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
    mode = mode_of(path)
    if stat.S_ISDIR(mode):
        raise bad_input("not_a_file", f"{path} is a folder.", "Name a file in it.")
    if not stat.S_ISREG(mode):
        raise bad_input("not_a_file", f"{path} is no file.", "Copy what it gives into a file.")
    if not os.access(path, os.R_OK):
        raise bad_input("unreadable", f"The file {path} may not be read by you.", "Allow it first.")


def mode_of(path: Path) -> int:
    """What is there, as `stat` says it.

    Raises:
        CliError: 3, there is nothing, or it is out of reach.
    """
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise bad_input(
            "no_such_path", f"There is no file or folder {path}.", "Check the path's spelling."
        ) from None
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise bad_input("unreadable", f"{path} cannot be reached: {why}.") from error
