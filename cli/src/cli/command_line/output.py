"""What is printed where: one JSON object on standard output, everything for people on the other."""

import json
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any


def wants_json(words: Sequence[str]) -> bool:
    """Whether `--json` stands among the command's words (before any `--`)."""
    return "--json" in words[: words.index("--") if "--" in words else len(words)]


def print_json(value: Mapping[str, Any]) -> None:
    """The one object a script reads. Money (Decimal) and ids become text."""
    text = json.dumps(value, ensure_ascii=False, default=_plain)
    # A file's name may hold bytes that are no UTF-8; they become escapes that JSON knows.
    sys.stdout.write(text.encode(errors="backslashreplace").decode() + "\n")
    sys.stdout.flush()


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Path) or hasattr(value, "hex"):  # uuid.UUID
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in the command's JSON")


def say(text: str) -> None:
    """A line of progress or result for a person, on standard error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def warn(text: str) -> None:
    """What went wrong, in a sentence."""
    say(f"parley: {text}")
