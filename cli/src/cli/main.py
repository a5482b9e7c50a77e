"""The `parley` command: which subcommands there are, how they fail, how they end.

A subcommand is one file. It has a function `command`, or an `app` (typer.Typer) when it has
subcommands of its own; `cli/doctor.py` is the example to copy. It is imported when it is asked
for, so that `parley --help` stays quick.
"""

import ctypes
import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import typer

from cli.command_line.env_file import read_env_file
from cli.command_line.errors import CliError, Exit, bad_input
from cli.command_line.output import print_json, wants_json, warn
from contracts.errors import RejectedError, ServiceError

# Order of `parley --help`; a name with a space is a subcommand of its first word.
COMMANDS = {
    "demo": "A meeting, heard, seen and answered.",
    "ask": "Ask a question in writing.",
    "knowledge": "Add documents, and search them.",
    "transcribe": "The words of a recording.",
    "gate": "Which frames of a recording are kept, and why.",
    "usage": "What was spent, and on what; corrections; invoices.",
    "budgets": "What a tenant may spend, and what is left of it.",
    "facts": "The streams: what waits, and for whom.",
    "doctor": "Is everything here that Parley needs?",
    "fake-providers": "All hosted providers on loopback, for rehearsals.",
    "up": "The embedded cluster, in the foreground.",
    "run": "One service, in the foreground.",
    "provision": "Tables, streams, groups, a tenant and its key.",
    "tenants": "Tenants, and their configuration.",
    "keys": "Keys that open a tenant's door.",
    "bench hop": "How long a fact takes over a stream.",
    "bench turn": "Parley's own time in a turn, by part.",
    "bench api": "The front door, beside a bare route.",
    "bench voice": "From a spoken question's end to its answer's first sound.",
    "bench spending": "What holding money costs a call.",
    "bench rooms": "Many live meetings at once: processors and memory.",
    "bench metering": "Facts of use into the ledger, and reports of a full month.",
    "eval answers": "Does it answer where it can, and abstain elsewhere?",
    "eval screen": "Are values read off screens?",
    "eval economics": "What is saved, by whose reckoning, and against what.",
}
GROUPS = {
    "bench": "Measurements, each beside its reference.\n\nExample: parley bench hop --check",
    "eval": "Quality, on questions with known answers.\n\nExample: parley eval screen --data DIR",
}

PR_SET_PDEATHSIG = 1  # linux/prctl.h
TERMINATED = 128 + signal.SIGTERM
INTERRUPTED = 128 + signal.SIGINT
NOT_TEXT = "surrogates not allowed"  # what Python says of them


def make_app(words: list[str]) -> typer.Typer:
    """The app, with the subcommands that the words may mean loaded, and the rest named."""
    app = _typer("Parley joins a meeting, hears, sees the shared screen, and answers.")
    groups = {name: _typer(text) for name, text in GROUPS.items()}
    for name, group in groups.items():
        app.add_typer(group, name=name)
    completing = "_PARLEY_COMPLETE" in os.environ  # noqa: TID251 - how the shell asks typer
    for path, text in COMMANDS.items():
        first, _, second = path.partition(" ")
        parent, name = (groups[first], second) if second else (app, first)
        module = f"cli.{path.replace(' ', '.').replace('-', '_')}"
        if completing or first in words:
            _add(parent, name, module)
        else:
            parent.command(name, help=text)(_not_loaded)
    return app


def _typer(text: str) -> typer.Typer:
    return typer.Typer(
        help=text, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None
    )


def _not_loaded() -> None:
    """Stands in the list of subcommands for one that was not asked for."""


def _add(parent: typer.Typer, name: str, module: str) -> None:
    loaded: Any = import_module(module)
    if hasattr(loaded, "app"):
        parent.add_typer(loaded.app, name=name)
    else:
        parent.command(name)(loaded.command)


def main() -> NoReturn:
    """What the script `parley` calls."""
    words = sys.argv[1:]
    _end_with_uv()
    _end_in_order()
    try:
        read_env_file(os.environ)  # noqa: TID251 - what `.env` says joins the environment
    except CliError as error:
        sys.exit(_fail(error, words))
    sys.exit(run(words))


def run(words: list[str]) -> int:
    """Run one subcommand, its words without `parley`; returns the exit code."""
    try:
        # Gives the exit code when a subcommand raised typer.Exit, None when it returned.
        code: int | None = make_app(words)(words, prog_name="parley", standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except Exception as error:
        expected = _as_cli_error(error)
        if expected is None:  # a bug: the traceback is what helps
            raise
        return _fail(expected, words)
    return code or Exit.DONE


def _as_cli_error(error: Exception) -> CliError | None:
    """Every expected failure as the one kind that is printed; None for a bug."""
    if isinstance(error, CliError):
        return error
    if isinstance(error, typer.TyperException):
        hint = "See `parley --help`, or --help after the subcommand."
        return CliError(Exit.USAGE, "usage", error.format_message(), hint)
    if isinstance(error, RejectedError):
        return CliError(Exit.NOT_GOOD, error.code, str(error))
    if isinstance(error, ServiceError):
        hint = "`parley doctor` shows what is missing."
        return CliError(Exit.MISSING, error.code, str(error), hint)
    if isinstance(error, UnicodeEncodeError) and error.reason == NOT_TEXT:
        # An argument's bytes that are no UTF-8 reach us so (PEP 383), and go no further.
        return bad_input(
            "not_text",
            "A text or a file's name holds bytes that are no UTF-8.",
            "Type the text again, or rename the file.",
        )
    return None


def _fail(error: CliError, words: list[str]) -> int:
    if wants_json(words):
        print_json(error.as_json())
    else:
        warn(error.message)
        if error.hint:
            warn(error.hint)
    return error.exit_code


def _end_in_order() -> None:
    """SIGTERM, and the terminal's closing, unwind like Ctrl-C, so that nothing is left running."""

    def unwind(_number: int, _frame: FrameType | None) -> None:
        sys.exit(TERMINATED)

    signal.signal(signal.SIGTERM, unwind)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
        signal.signal(signal.SIGHUP, unwind)


def _end_with_uv() -> None:
    """`uv run` starts us as a child: when it is killed, we are to end as well."""
    parent = os.getppid()
    try:
        name = Path(f"/proc/{parent}/comm").read_text().strip()
    except OSError:
        return  # no /proc: not Linux
    if name == "uv":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
