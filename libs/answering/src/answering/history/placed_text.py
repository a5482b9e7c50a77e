"""The texts of one frame, each with its place."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, Protocol

from answering.screen_history import BlockKind, Severity
from contracts.ids import FrameId
from contracts.media import Box
from contracts.vision import (
    ConsoleBlock,
    MessageBlock,
    PairBlock,
    ScreenCell,
    ScreenLine,
    ScreenStructure,
    TableBlock,
    Tone,
)

MAX_FRAME_TEXTS: Final = 300
MAX_TEXT_CHARS: Final = 1_000
MAX_NAME_CHARS: Final = 200
Corners = tuple[int, int, int, int]
"""x, y, width, height in pixels."""


class PlacedText(NamedTuple):
    """A text of one frame.

    Attributes:
        key: what names its place; None: its label does; "": nothing does.
        terminal: of a terminal's line, which of the frame's terminals it stands in.
        command: of a terminal's line, what stands after its prompt.
    """

    text: str
    kind: BlockKind
    box: Corners
    label: str = ""
    heading: str = ""
    key: str | None = None
    severity: Severity | None = None
    tone: Tone | None = None
    terminal: int | None = None
    command: str | None = None

    @property
    def is_named(self) -> bool:
        """Whether it says more than its place: it has a label, or is a message."""
        return bool(self.label) or self.kind == "message"

    def cut(self) -> "PlacedText":
        """At most `MAX_TEXT_CHARS` of its text, `MAX_NAME_CHARS` of what names it."""
        return self._replace(
            text=self.text[:MAX_TEXT_CHARS],
            label=self.label[:MAX_NAME_CHARS],
            heading=self.heading[:MAX_NAME_CHARS],
            key=self.key and self.key[:MAX_NAME_CHARS],
            command=self.command and self.command[:MAX_NAME_CHARS],
        )

    @property
    def is_long(self) -> bool:
        names = (self.label, self.heading, self.key or "", self.command or "")
        return len(self.text) > MAX_TEXT_CHARS or max(map(len, names)) > MAX_NAME_CHARS


class Described(Protocol):
    """A frame as it was read: a `FrameDescribed`, or what is kept of one."""

    @property
    def frame_id(self) -> FrameId: ...
    @property
    def shown_at_ms(self) -> int: ...
    @property
    def lines(self) -> tuple[ScreenLine, ...]: ...
    @property
    def structure(self) -> ScreenStructure | None: ...


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """One frame's texts.

    Attributes:
        texts: each once; a terminal's lines in their order, everything else from top to bottom.
        own_count: how many of them are held for this frame alone, not shared with another.
        is_cut: there were more than are held.
    """

    frame_id: FrameId
    shown_at_ms: int
    texts: tuple[PlacedText, ...]
    own_count: int
    is_cut: bool = False

    @property
    def order(self) -> tuple[int, str]:
        """By time; of one time by id, so that it is the same whichever came first."""
        return (self.shown_at_ms, str(self.frame_id))

    def sharing(self, other: "SeenFrame") -> "SeenFrame":
        """With the other's texts where they are equal, so that they are held once."""
        held = {text: text for text in other.texts}
        texts = tuple(held.get(text, text) for text in self.texts)
        own = sum(text not in held for text in texts)
        return replace(self, texts=texts, own_count=own)

    def named(self) -> "SeenFrame":
        """Without the texts that nothing names."""
        return replace(self, texts=tuple(text for text in self.texts if text.is_named))


def seen(frame: Described) -> SeenFrame:
    """The frame's texts; of a frame without structure each line is a text.

    Of more than `MAX_FRAME_TEXTS` those that nothing names are left out first, from the bottom.
    """
    if frame.structure is None:
        found = [PlacedText(line.text, "text", _corners(line.box)) for line in frame.lines]
    else:
        found = list(_Structure(frame.structure).texts())
    texts = list(dict.fromkeys(sorted((text for text in found if text.text), key=_order)))
    is_cut = len(texts) > MAX_FRAME_TEXTS or any(one.is_long for one in texts)
    if is_cut:
        kept = sorted(texts, key=lambda text: not text.is_named)[:MAX_FRAME_TEXTS]
        texts = sorted((text.cut() for text in kept), key=_order)
    return SeenFrame(frame.frame_id, frame.shown_at_ms, tuple(texts), len(texts), is_cut)


def _order(text: PlacedText) -> tuple[int, int, int, str]:
    if text.terminal is not None:
        return (text.terminal, 0, 0, "")  # sorting is stable: its lines stay as they are
    x, y, _, _ = text.box
    return (-1, y, x, text.text)


def _corners(box: Box) -> Corners:
    return (box.x, box.y, box.width, box.height)


class _Structure:
    """The texts of a structure. What points outside its cells is passed over."""

    def __init__(self, structure: ScreenStructure) -> None:
        self._cells = structure.cells
        self._blocks = structure.blocks
        self._headings = {heading.cell: heading.under for heading in structure.headings}
        self._used: set[int] = set()

    def texts(self) -> Iterator[PlacedText]:
        consoles = [block for block in self._blocks if isinstance(block, ConsoleBlock)]
        for terminal, console in enumerate(sorted(consoles, key=self._top_left)):
            yield from self._console(console, terminal)
        for block in self._blocks:
            if isinstance(block, TableBlock):
                yield from self._table(block)
            elif isinstance(block, PairBlock):
                yield from self._pair(block)
            elif isinstance(block, MessageBlock):
                yield from self._message(block)
            elif not isinstance(block, ConsoleBlock):
                cells = block.items if block.kind == "list" else block.cells
                yield from self._plain(cells, block.kind, self._text(block.heading))
        yield from self._plain(tuple(self._headings.keys() - self._used), "heading", "")

    def _plain(
        self, indexes: tuple[int, ...], kind: BlockKind, heading: str
    ) -> Iterator[PlacedText]:
        for index in indexes:
            if cell := self._cell(index):
                is_heading = index in self._headings
                over = self._text(self._headings[index]) if is_heading else heading
                yield _placed(cell, "heading" if is_heading else kind, heading=over)

    def _table(self, table: TableBlock) -> Iterator[PlacedText]:
        heading = self._text(table.heading)
        for row in table.rows:
            names_row = next((column for column, at in enumerate(row) if at is not None), None)
            row_name = "" if names_row is None else self._text(row[names_row])
            for column, index in enumerate(row):
                if not (cell := self._cell(index)):
                    continue
                title = self._text(table.header[column]) if column < len(table.header) else ""
                if column == names_row:
                    yield _placed(cell, "table", label=title, heading=heading, key="")
                    continue
                label = ", ".join(name for name in (row_name, title) if name)
                # Without a title the column is named by its number.
                key = None if title else f"{row_name}#{column}"
                yield _placed(cell, "table", label=label, heading=heading, key=key)

    def _pair(self, pair: PairBlock) -> Iterator[PlacedText]:
        label, heading = self._text(pair.label), self._text(pair.heading)
        values = [cell for index in pair.values if (cell := self._cell(index))]
        for number, cell in enumerate(sorted(values, key=lambda cell: (cell.box.y, cell.box.x))):
            key = f"{label}#{number}" if number else None
            yield _placed(cell, "pair", label=label, heading=heading, key=key)

    def _message(self, message: MessageBlock) -> Iterator[PlacedText]:
        cells = [cell for index in message.cells if (cell := self._cell(index))]
        if cells:
            yield PlacedText(
                "\n".join(cell.text for cell in cells),
                "message",
                _around(cells),
                heading=self._text(message.heading),
                severity=message.severity,
                tone=next((cell.tone for cell in cells if cell.tone), None),
            )

    def _console(self, console: ConsoleBlock, terminal: int) -> Iterator[PlacedText]:
        """An editor's lines are named by their numbers; a terminal's lines have an order."""
        heading = self._text(console.heading)
        is_editor = any(line.number is not None for line in console.lines)
        for line in console.lines:
            if not (cell := self._cell(line.cell)):
                continue
            if not is_editor:
                placed = _placed(cell, "console", heading=heading)
                yield placed._replace(terminal=terminal, command=line.command)
            elif line.number is not None:
                label = str(line.number)
                yield _placed(cell, "console", label=label, heading=heading, key=f"line {label}")
            else:
                yield _placed(cell, "console", heading=heading)

    def _top_left(self, console: ConsoleBlock) -> tuple[int, int]:
        first = self._cell(console.lines[0].cell)
        return (first.box.y, first.box.x) if first else (0, 0)

    def _cell(self, index: int | None) -> ScreenCell | None:
        if index is None or index >= len(self._cells):
            return None
        self._used.add(index)
        return self._cells[index]

    def _text(self, index: int | None) -> str:
        return self._cells[index].text if index is not None and index < len(self._cells) else ""


def _placed(
    cell: ScreenCell, kind: BlockKind, *, label: str = "", heading: str = "", key: str | None = None
) -> PlacedText:
    return PlacedText(cell.text, kind, _corners(cell.box), label, heading, key, tone=cell.tone)


def _around(cells: list[ScreenCell]) -> Corners:
    left, top = min(cell.box.x for cell in cells), min(cell.box.y for cell in cells)
    right = max(cell.box.x + cell.box.width for cell in cells)
    bottom = max(cell.box.y + cell.box.height for cell in cells)
    return (left, top, right - left, bottom - top)
