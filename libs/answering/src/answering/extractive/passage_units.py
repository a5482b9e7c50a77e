"""The pieces of a document that can be an answer: sentences and table rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from answering.text.spans import (
    HEADING_MARK,
    blocks,
    cells_of,
    is_row,
    plain_text,
    sentences,
)
from contracts.knowledge import Passage

MAX_UNIT_CHARS: Final = 500
MIN_LETTERS: Final = 3
MAX_CELL_WORDS: Final = 3
"""A cell with more is a sentence, and gets a colon."""

UnitKind = Literal["sentence", "row", "heading"]

# A short line by itself, without an end and without a figure or a list's mark.
_TITLE: Final = re.compile(r"^[A-Z][^.!?;:\n\d]{2,58}[^.!?;:,\n\d]$")
# `Q1` and `Level 2` are names, `12`, `€ 30` and `-5 °C` are figures.
_FIGURE: Final = re.compile(r"^\W*\d")


@dataclass(frozen=True)
class PassageUnit:
    """A sentence or table row of a passage.

    Attributes:
        spoken: how it reads aloud, without markup; a row with the names of its columns.
        passage: index into the evidence's passages.
        key: first cell of a row.
        start, end: characters into the passage's text; the exact quote is `text[start:end]`.
    """

    spoken: str
    kind: UnitKind
    passage: int
    start: int
    end: int
    heading: str = ""
    key: str = ""

    @property
    def looked_for(self) -> str:
        """What is compared with a question: a heading often holds the subject of its sentences."""
        return f"{self.heading}: {self.spoken}" if self.heading else self.spoken


def passage_units(index: int, passage: Passage) -> list[PassageUnit]:
    """Sentences and rows of one passage in order, without noise."""
    header = cells_of(passage.header) if passage.header else []
    reading = _Reading(index, passage, passage.heading.split(" > ")[-1].strip(), header)
    for start, end in blocks(passage.text):
        line = passage.text[start:end]
        if is_row(line):
            reading.row(start, end)
        elif marked := HEADING_MARK.match(line):
            reading.heading = plain_text(line[marked.end() :])
        elif line.strip() != reading.heading:
            reading.prose(start, end)
    return [unit for unit in reading.units if _is_worth_quoting(unit)]


@dataclass
class _Reading:
    """One passage, read from its beginning."""

    index: int
    passage: Passage
    heading: str
    header: list[str]
    units: list[PassageUnit] = field(default_factory=list[PassageUnit])

    def row(self, start: int, end: int) -> None:
        """The first row of a table names its columns, unless it already holds figures."""
        cells = cells_of(self.passage.text[start:end])
        if not self.header:
            self.header = cells
            if not any(_FIGURE.search(cell) for cell in cells[1:]):
                return
        spoken = row_spoken(self.header, cells)
        row = _unit(self.passage.text, "row", self.index, (start, end), spoken, self.heading)
        self.units.append(replace(row, key=cells[0]))

    def prose(self, start: int, end: int) -> None:
        """A question stands over its answer like a heading: it is no answer itself."""
        self.header = []
        text = self.passage.text
        for span in sentences(text, start, end):
            spoken = plain_text(text[slice(*span)])
            if spoken.endswith("?"):
                self.heading = spoken
                continue
            self.units.append(_unit(text, "sentence", self.index, span, spoken, self.heading))
            # In text taken from a PDF a heading may hang at the end of the paragraph above it.
            if span[1] == end and _TITLE.match(spoken):
                self.heading = spoken


def row_spoken(header: Sequence[str], cells: Sequence[str]) -> str:
    """`Team: price $49, people 10` from a row and its header; commas where they do not match."""
    if len(header) != len(cells) or list(header) == list(cells):
        return ", ".join(cell for cell in cells if cell)
    wordy = any(len(cell.split()) > MAX_CELL_WORDS for cell in cells[1:])
    named = [
        f"{_lowered(name)}{':' if wordy else ''} {cell}".strip()
        for name, cell in zip(header[1:], cells[1:], strict=True)
        if cell
    ]
    return f"{cells[0]}: {('; ' if wordy else ', ').join(named)}" if named else cells[0]


def _lowered(name: str) -> str:
    return name[:1].lower() + name[1:] if name[1:].islower() else name


def _unit(
    text: str, kind: UnitKind, index: int, span: tuple[int, int], spoken: str, heading: str
) -> PassageUnit:
    start, end = span
    while start < end and text[start] in " \t|":
        start += 1
    while end > start and text[end - 1] in " \t|":
        end -= 1
    return PassageUnit(spoken, kind, index, start, end, heading)


def _is_worth_quoting(unit: PassageUnit) -> bool:
    letters = sum(letter.isalnum() for letter in unit.spoken)
    return (
        letters >= MIN_LETTERS
        and letters >= 0.5 * len(unit.spoken.replace(" ", ""))
        and len(unit.spoken) <= MAX_UNIT_CHARS
    )
