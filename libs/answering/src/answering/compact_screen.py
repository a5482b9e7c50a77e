"""A screen's structure as compact text, for models that are sent what was seen."""

from collections.abc import Iterator
from typing import Final

from contracts.vision import (
    ConsoleBlock,
    ConsoleLine,
    ListBlock,
    MessageBlock,
    PairBlock,
    ScreenBlock,
    ScreenStructure,
    StatusBarBlock,
    TableBlock,
)

MOST_CHARS: Final = 6_000
"""About 1,500 tokens; a dense screen of 150 cells has about 3,000 characters."""
COLONS: Final = ":\uff1a "
LEFT_OUT: Final = "[… {lines} more lines of the screen are left out]"


def compact_text(structure: ScreenStructure, *, most_chars: int = MOST_CHARS) -> str:
    """Markdown-like, in reading order; "" without text.

    Headings as `## …`, nested by `#`; tables as rows with ` | `, a rule under their header; pairs
    as `label: value`; lists as `- …`; messages as `[error] …`; lines of consoles as they are,
    behind their number.

    Args:
        structure: what was seen.
        most_chars: of the text; at least as many as the note on what was left out.

    Returns:
        At most `most_chars` characters; whole lines, the last says how many were left out.
    """
    lines = list(_lines(structure))
    if sum(map(len, lines)) + len(lines) - 1 <= most_chars:
        return "\n".join(lines)
    room = most_chars - len(LEFT_OUT.format(lines=len(lines)))
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join([*kept, LEFT_OUT.format(lines=len(lines) - len(kept))])


def _lines(structure: ScreenStructure) -> Iterator[str]:
    under = {heading.cell: heading.under for heading in structure.headings}
    said: set[int] = set()
    for block in structure.blocks:
        if block.heading is not None:
            yield from _headings(structure, under, block.heading, said)
        yield from _block(structure, block)
    for heading in structure.headings:
        yield from _headings(structure, under, heading.cell, said)


def _headings(
    structure: ScreenStructure, under: dict[int, int | None], cell: int, said: set[int]
) -> Iterator[str]:
    """A heading that was not said yet, after those over it."""
    chain: list[int] = []
    at: int | None = cell
    while at is not None and at not in chain:
        chain.append(at)
        at = under.get(at)
    for depth, one in enumerate(reversed(chain), 1):
        if one not in said:
            said.add(one)
            yield f"{'#' * depth} {structure.cells[one].text}"


def _block(structure: ScreenStructure, block: ScreenBlock) -> Iterator[str]:
    match block:
        case TableBlock():
            yield from _table(structure, block)
        case PairBlock():
            values = ", ".join(_text(structure, at) for at in block.values)
            yield f"{_text(structure, block.label).rstrip(COLONS)}: {values}"
        case ListBlock():
            yield from (f"- {_text(structure, at)}" for at in block.items)
        case MessageBlock():
            text = " / ".join(_text(structure, at) for at in block.cells)
            yield f"[{block.severity or 'message'}] {text}"
        case ConsoleBlock():
            yield from (_console_line(structure, line) for line in block.lines)
        case StatusBarBlock():
            yield "[status bar] " + " | ".join(_text(structure, at) for at in block.cells)
        case _:
            yield from (_text(structure, at) for at in block.cells)


def _table(structure: ScreenStructure, block: TableBlock) -> Iterator[str]:
    if block.header:
        yield _row(structure, block.header)
        yield " | ".join("---" for _ in block.header)
    for row in block.rows:
        yield _row(structure, row)


def _row(structure: ScreenStructure, places: tuple[int | None, ...]) -> str:
    return " | ".join("" if at is None else _text(structure, at) for at in places)


def _console_line(structure: ScreenStructure, line: ConsoleLine) -> str:
    text = structure.cells[line.cell].text
    return text if line.number is None or text == str(line.number) else f"{line.number} {text}"


def _text(structure: ScreenStructure, at: int) -> str:
    return structure.cells[at].text
