"""Writes what is derived from the catalogue: `.env.example` and the reference of providers.

`python -m providers.generate` writes; `--check` fails (exit 1) where a committed file is stale.
"""

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from providers.catalogue import PROVIDERS, SHARED, Kind, Provider, Variable

ROOT: Final = Path(__file__).parents[4]
EXAMPLE: Final = Path(".env.example")
REFERENCE: Final = Path("docs/reference/providers.md")
WIDTH: Final = 100
DOES: Final[dict[Kind, str]] = {
    "llm": "answers (and sees pictures, where its model does)",
    "embedding": "embeds documents and questions",
    "rerank": "puts found passages in order",
    "stt": "hears",
    "tts": "speaks",
}

HEAD: Final = """\
# Copy to `.env` and fill in one key: `parley up` and `parley demo` read it in the directory where
# they are started. What the environment sets wins; what is empty counts as not set. Nothing here is
# needed: without a key everything runs on this machine. `parley doctor --providers` tries each key
# with one tiny call. Generated from libs/providers by `make generate`; docs/guides/models.md.
"""
PAGE: Final = """\
# Providers

Generated from `libs/providers/src/providers/catalogue.py` by `make generate`; edit that.

A key switches its provider on, for what the provider does; without any, everything runs on this
machine. Variables stand in the environment or in `.env` (`.env.example` has them all); the first
of several names that is set wins, and an empty value counts as not set. Prices are list prices;
what was really used stands in the ledger (`parley usage`). How to begin:
[models](../guides/models.md); who hears and speaks: [speech](speech.md).

| provider | key | switches on | what is sent there | what it costs | another address |
|---|---|---|---|---|---|
"""


def example() -> str:
    """Every variable with what it does; those with a default are comments."""
    parts = [HEAD]
    parts += ["".join(_of_provider(provider)) for provider in PROVIDERS]
    parts.append("".join(["# --- Beside the keys\n", *map(_described, SHARED)]))
    return "\n".join(parts)


def _of_provider(provider: Provider) -> Iterator[str]:
    yield f"# --- {provider.title}\n"
    yield _comment(f"It {_does(provider)}.")
    yield _comment(f"Sent there: {provider.sends}.")
    yield _comment(f"Costs {provider.costs}.")
    first, *others = provider.key_variables
    if others:
        yield _comment(f"The key is understood as {' and '.join(others)} as well.")
    if not provider.url:
        yield _comment("Switched on by its address; a key is optional.")
        yield f"{provider.url_variable}=\n"
    yield f"{first}=\n"
    if provider.url:
        yield f"# {provider.url_variable}={provider.url}\n"
    for variable in provider.others:
        yield f"# {variable.name}={variable.default}\n"


def _described(variable: Variable) -> str:
    return f"{_comment(variable.about)}# {variable.name}={variable.default}\n"


def _comment(text: str) -> str:
    lines = textwrap.wrap(text, WIDTH, initial_indent="# ", subsequent_indent="# ")
    return "".join(f"{line}\n" for line in lines)


def _does(provider: Provider) -> str:
    return ", ".join(DOES[kind] for kind in provider.kinds)


def reference() -> str:
    """The catalogue as a page."""
    rows = [_row(provider) for provider in PROVIDERS]
    own = [variable for provider in PROVIDERS for variable in provider.others]
    lines = ["", "| variable | default | |", "|---|---|---|"]
    for variable in (*own, *SHARED):
        default = f"`{variable.default}`" if variable.default else ""
        about = variable.about[0].upper() + variable.about[1:]
        lines.append(f"| `{variable.name}` | {default} | {about} |")
    return PAGE + "\n".join([*rows, *lines, ""])


def _row(provider: Provider) -> str:
    keys = ", ".join(f"`{name}`" for name in provider.key_variables)
    keys += "" if provider.url else " (optional; its address switches it on)"
    return (
        f"| {provider.title} (`{provider.name}`) | {keys} | {_does(provider)} | {provider.sends} "
        f"| {provider.costs} | `{provider.url_variable}` |"
    )


def generated() -> Iterator[tuple[Path, str]]:
    """Every generated file, by its path in the repository."""
    yield EXAMPLE, example()
    yield REFERENCE, reference()


def main() -> int:
    check = "--check" in sys.argv
    stale = [
        (ROOT / path, text)
        for path, text in generated()
        if not (ROOT / path).exists() or (ROOT / path).read_text() != text
    ]
    for file, text in stale:
        sys.stderr.write(f"{'stale' if check else 'written'}: {file.relative_to(ROOT)}\n")
        if not check:
            file.write_text(text)
    if check and stale:
        sys.stderr.write("Run `make generate` and commit what it writes.\n")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
