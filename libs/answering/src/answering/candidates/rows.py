"""How a row of a table reads."""

from collections.abc import Sequence
from typing import Final

from answering.candidates.candidate import Part

MAX_CELL_WORDS: Final = 3
"""A cell with more is a sentence, and gets a colon."""


def parts_of(header: Sequence[str], cells: Sequence[str]) -> tuple[Part, ...]:
    """The cells after the first, each with its column's name where the header has one."""
    matches = len(header) == len(cells) and list(header) != list(cells)
    names = header[1:] if matches else [""] * (len(cells) - 1)
    return tuple((name, cell) for name, cell in zip(names, cells[1:], strict=True) if cell)


def parts_spoken(parts: Sequence[Part]) -> str:
    """`price $49, people 10`; colons where a cell is a sentence."""
    wordy = any(len(cell.split()) > MAX_CELL_WORDS for name, cell in parts if name)
    said = [
        f"{_lowered(name)}{':' if wordy and name else ''} {cell}".strip() for name, cell in parts
    ]
    return ("; " if wordy else ", ").join(said)


def _lowered(name: str) -> str:
    return name[:1].lower() + name[1:] if name[1:].islower() else name
