"""The pieces of a frame that may answer, by its structure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, assert_never

from answering.candidates.candidate import Candidate, Kind, Part
from answering.candidates.rows import parts_of, parts_spoken
from answering.candidates.screen_lines import line_candidates
from answering.evidence import Frame
from contracts.conversation import ScreenSource
from contracts.vision import (
    ConsoleBlock,
    ListBlock,
    MessageBlock,
    PairBlock,
    ScreenBlock,
    ScreenStructure,
    StatusBarBlock,
    TableBlock,
    TextBlock,
    Tone,
)

MIN_CONFIDENCE: Final = 0.5
"""Below this OCR guesses (measured on icons); a guess is not quoted."""
AROUND_CHARS: Final = 160
MAX_JOINED_CHARS: Final = 400


def screen_candidates(frames: Sequence[Frame]) -> list[Candidate]:
    """Of all frames, the oldest first; what several frames show counts for the newest of them."""
    newest = len(frames) - 1
    by_text: dict[tuple[str, str], Candidate] = {}
    for at, frame in enumerate(frames):
        age = newest - at
        found = (
            _Reading(frame, frame.structure, age).candidates()
            if frame.structure and frame.structure.cells
            else line_candidates(frame, age)
        )
        for one in found:
            by_text.pop((one.heading, one.spoken), None)
            by_text[one.heading, one.spoken] = one
    return list(by_text.values())


class _Reading:
    """One frame's structure, read block by block."""

    def __init__(self, frame: Frame, structure: ScreenStructure, age: int) -> None:
        self._frame = frame
        self._structure = structure
        self._age = age
        self._under = {heading.cell: heading.under for heading in structure.headings}

    def candidates(self) -> list[Candidate]:
        found = [
            one
            for number, block in enumerate(self._structure.blocks)
            for one in self._of(block, number)
        ]
        found += [
            self._candidate(
                "heading", (heading.cell,), self._text(heading.cell), (-1, at), heading.under
            )
            for at, heading in enumerate(self._structure.headings)
        ]
        return [one for one in found if one.text]

    def _of(  # noqa: C901 - a case a kind of block
        self, block: ScreenBlock, number: int
    ) -> Iterator[Candidate]:
        match block:
            case TableBlock():
                yield from self._rows(block, number)
            case PairBlock():
                yield from self._values(block, number)
            case ListBlock():
                for order, item in enumerate(block.items):
                    yield self._candidate(
                        "item", (item,), self._text(item), (number, order), block.heading
                    )
            case MessageBlock():
                yield from self._message(block, number)
            case ConsoleBlock():
                yield from self._console(block, number)
            case StatusBarBlock():
                yield from self._pieces("status_bar", block.cells, number, block.heading)
            case TextBlock():
                yield from self._pieces("line", block.cells, number, block.heading)
            case _:
                assert_never(block)

    def _rows(self, block: TableBlock, number: int) -> Iterator[Candidate]:
        header = [self._text(cell) for cell in block.header]
        for order, row in enumerate(block.rows):
            cells = [self._text(cell) for cell in row]
            there = [cell for cell in row if cell is not None]
            if not any(cells):
                continue
            parts = parts_of(header, cells)
            one = self._candidate(
                "row", there, parts_spoken(parts), (number, order), block.heading, cells[0], parts
            )
            yield replace(one, key_header=header[0] if header else "")

    def _values(self, block: PairBlock, number: int) -> Iterator[Candidate]:
        """Each value with its label, and all of them: "17", "of 22 bays", "17, of 22 bays"."""
        label = self._text(block.label)
        groups = [(value,) for value in block.values]
        groups += [block.values] if len(groups) > 1 else []
        for order, group in enumerate(groups):
            cells, text = (block.label, *group), self._joined(group)
            yield self._candidate("pair", cells, text, (number, order), block.heading, label)

    def _message(self, block: MessageBlock, number: int) -> Iterator[Candidate]:
        """Each text of it, and, where it is not long, all of it."""
        texts = [self._text(cell) for cell in block.cells]
        said = " ".join(text if text[-1:] in ".!?:" else f"{text}." for text in texts if text)
        pieces: list[tuple[Sequence[int], str]] = [
            ((cell,), text) for cell, text in zip(block.cells, texts, strict=True)
        ]
        if len(pieces) > 1 and len(said) <= MAX_JOINED_CHARS:
            pieces.append((block.cells, said.rstrip(".")))
        for order, (cells, text) in enumerate(pieces):
            one = self._candidate("message", cells, text, (number, order), block.heading)
            around = texts[0] if order else ""
            yield replace(one, severity=block.severity, around=around)

    def _console(self, block: ConsoleBlock, number: int) -> Iterator[Candidate]:
        command = ""
        for order, line in enumerate(block.lines):
            command = line.command or command
            named = f"line {line.number}" if line.number is not None else command
            text = self._text(line.cell)
            label = "" if text.endswith(named) else named
            one = self._candidate("console", (line.cell,), text, (number, order), block.heading)
            yield replace(one, around=label)

    def _pieces(
        self, kind: Kind, cells: Sequence[int], number: int, heading: int | None
    ) -> Iterator[Candidate]:
        """Each text alone with the others around it, and all of them as one."""
        texts = [self._text(cell) for cell in cells]
        for order, cell in enumerate(cells):
            one = self._candidate(kind, (cell,), texts[order], (number, order), heading)
            near = texts[max(0, order - 2) : order] + texts[order + 1 : order + 3]
            yield replace(one, around=" ".join(near)[:AROUND_CHARS])
        joined = self._joined(cells)
        if len(cells) > 1 and len(joined) <= MAX_JOINED_CHARS:
            yield self._candidate(kind, cells, joined, (number, len(cells)), heading)

    def _candidate(  # noqa: PLR0913, PLR0917 - one place that makes them
        self,
        kind: Kind,
        cells: Sequence[int],
        text: str,
        place: tuple[int, int],
        heading: int | None,
        label: str = "",
        parts: tuple[Part, ...] = (),
    ) -> Candidate:
        quote = "\n".join(self._structure.cells[cell].text for cell in cells)
        tones: list[Tone] = [
            tone for cell in cells if (tone := self._structure.cells[cell].tone) is not None
        ]
        return Candidate(
            text=text,
            kind=kind,
            source=ScreenSource(
                frame_id=self._frame.frame_id, screen_at_ms=self._frame.shown_at_ms, quote=quote
            ),
            label=label.rstrip(" :\uff1a"),
            heading=self._path(heading),
            parts=parts,
            group=(str(self._frame.frame_id), place[0]),
            order=place[1],
            age=self._age,
            from_ms=self._frame.shown_at_ms,
            tone=tones[0] if tones else None,
        )

    def _joined(self, cells: Sequence[int]) -> str:
        return ", ".join(filter(None, (self._text(cell) for cell in cells)))

    def _text(self, cell: int | None) -> str:
        if cell is None or self._structure.cells[cell].confidence < MIN_CONFIDENCE:
            return ""
        return " ".join(self._structure.cells[cell].text.split())

    def _path(self, heading: int | None) -> str:
        path: list[str] = []
        while heading is not None and len(path) < len(self._under) + 1:
            path.append(self._text(heading))
            heading = self._under.get(heading)
        return " > ".join(reversed([text for text in path if text]))
