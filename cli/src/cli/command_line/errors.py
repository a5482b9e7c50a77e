"""What the command says when it cannot go on, and the exit codes of docs/reference/cli.md.

Every failure a person can do something about is a `CliError`; `cli.main` prints it, once, as a
sentence or (with --json) as one object, and turns it into the exit code. Anything else is a bug.
"""

from enum import IntEnum


class Exit(IntEnum):
    """0 done, 1 done but the result is not good, 2 usage, 3 bad input, 4 something is missing."""

    DONE = 0
    NOT_GOOD = 1
    USAGE = 2
    BAD_INPUT = 3
    MISSING = 4


class CliError(Exception):
    """One clear sentence, what to do about it, and the exit code that goes with it."""

    def __init__(self, exit_code: Exit, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.code = code
        self.message = message
        self.hint = hint

    def as_json(self) -> dict[str, dict[str, str]]:
        """The error object of the command's contract."""
        return {"error": {"code": self.code, "message": self.message, "hint": self.hint}}


def bad_input(code: str, message: str, hint: str = "") -> CliError:
    """Exit 3: what the person gave cannot be used."""
    return CliError(Exit.BAD_INPUT, code, message, hint)


def missing(code: str, message: str, hint: str = "") -> CliError:
    """Exit 4: something outside is missing (server, key, port, disk)."""
    return CliError(Exit.MISSING, code, message, hint)


def not_good(code: str, message: str, hint: str = "") -> CliError:
    """Exit 1: done, but the result is not good (refused, rejected, a figure missed)."""
    return CliError(Exit.NOT_GOOD, code, message, hint)
