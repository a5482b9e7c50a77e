"""`.env` in the current directory: variables for the command and the services that it starts."""

from collections.abc import Mapping, MutableMapping
from io import StringIO
from pathlib import Path
from typing import Final

from dotenv.parser import parse_stream

from cli.command_line.errors import CliError, bad_input

NAMED_BY: Final = "PARLEY_ENV_FILE"
"""Names another file; one that is empty (/dev/null) switches the reading off."""
DEFAULT: Final = Path(".env")
MAX_BYTES: Final = 1_000_000
NEWLINE: Final = "\n"
EXAMPLE: Final = "`.env.example` shows every variable."


def read_env_file(environment: MutableMapping[str, str]) -> None:
    """Add what the file says and the environment does not: an empty value counts as not set.

    Raises:
        CliError: 3, the file cannot be read, or a line of it; what stands there is not repeated.
    """
    named = environment.get(NAMED_BY)
    file = Path(named) if named else DEFAULT
    if not named and not file.is_file():  # a directory of that name is somebody's venv
        return
    for name, value in _values(file, _text(file)).items():
        if value and not environment.get(name):
            environment[name] = value


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise bad_input(
            "env_file_unreadable", f"{file} cannot be read: {error.strerror}.", EXAMPLE
        ) from error
    if len(content) > MAX_BYTES:
        raise bad_input("env_file_too_long", f"{file} is no list of variables: too long.", EXAMPLE)
    try:
        return content.decode("utf-8-sig")  # editors on Windows begin a file with a mark
    except UnicodeDecodeError:
        raise bad_input(
            "env_file_not_text", f"{file} is no UTF-8 text.", "Save it as UTF-8."
        ) from None


def _values(file: Path, text: str) -> Mapping[str, str]:
    """The last of a name counts, as in a shell; nothing is put in for `$NAME`."""
    values: dict[str, str] = {}
    for binding in parse_stream(StringIO(text)):
        if binding.error or (binding.key is not None and not _is_usable(binding.value)):
            raise _broken(file, binding.original.line, binding.original.string)
        if binding.key is not None and binding.value is not None:
            values[binding.key] = binding.value
    return values


def _is_usable(value: str | None) -> bool:
    return value is not None and "\0" not in value


def _broken(file: Path, line: int, original: str) -> CliError:
    blank = original[: len(original) - len(original.lstrip())]
    return bad_input(
        "env_file_broken",
        f"{file}, line {line + blank.count(NEWLINE)}: this is not NAME=value.",
        f"Correct the line, or begin it with #. {EXAMPLE}",
    )
