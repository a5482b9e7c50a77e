"""Lines of terminals and editors: columns, line numbers, prompts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Final

from vision_worker.domain.layout.piece import Piece, joined
from vision_worker.domain.layout.rows import Row, all_pieces

PROMPT: Final = re.compile(
    r"(?:\S+\s){0,3}?(?:\S*[^\s\d\-=<>|])?(?:[$#\u276f\u00bb\u203a\u279c]|(?<!\d)%|(?<![-=<|])>{1,3})\s+(?P<command>\S.*)"
)
NUMBERED_ROWS: Final = 3
NUMBERED: Final = re.compile(r"(\d{1,6})\s+(\S.*)")
TABLE_ROWS: Final = 3
TABLE_COLUMNS: Final = 3


@dataclass(frozen=True)
class Line:
    """Its number as an editor shows it, its command as it stands after a prompt."""

    piece: Piece
    number: int | None = None
    command: str | None = None


@dataclass(frozen=True)
class Columns:
    """Output in columns; the first row is its header."""

    rows: list[list[Piece | None]]


def console_of(rows: Sequence[Row], letter: float) -> list[list[Line] | Columns]:
    """Lines in order, and where output stands in columns those; `letter`: its width in pixels."""
    flat = [sorted(all_pieces([row]), key=lambda one: one.left) for row in rows]
    numbers = _numbers(flat)
    if numbers:
        return [[_numbered(row, number, letter) for row, number in zip(flat, numbers, strict=True)]]
    found: list[list[Line] | Columns] = []
    for many, run in groupby(flat, key=lambda row: len(row) > 1):
        part = list(run)
        columns = _columns(part, letter) if many else None
        if columns:
            found.append(columns)
        elif found and isinstance(found[-1], list):
            found[-1] += [_line(row, letter) for row in part]
        else:
            found.append([_line(row, letter) for row in part])
    return found


def _line(row: Sequence[Piece], letter: float) -> Line:
    piece = _spaced(row, letter)
    prompt = PROMPT.fullmatch(piece.text)
    return Line(piece, command=prompt["command"] if prompt else None)


def _spaced(row: Sequence[Piece], letter: float) -> Piece:
    """One text, with as many blanks between its parts as there is room for."""
    text = row[0].text
    for before, after in pairwise(row):
        room = round((after.left - before.left) / letter) - len(before.text)
        text += " " * max(1, room) + after.text
    return replace(joined(row), text=text) if len(row) > 1 else row[0]


def _numbers(rows: Sequence[Sequence[Piece]]) -> list[int | None]:
    """Of each row its line number; [] where the rows are not numbered."""
    numbers = [_leading(row[0].text) for row in rows]
    steps = [b - a for a, b in pairwise(numbers) if a is not None and b is not None]
    if len(steps) + 1 < NUMBERED_ROWS or sum(step == 1 for step in steps) < 0.8 * len(steps):
        return []
    return numbers if sum(one is not None for one in numbers) > 0.6 * len(numbers) else []


def _leading(text: str) -> int | None:
    digits = re.match(r"\d{1,6}(?=\s|$)", text)
    return int(digits.group()) if digits else None


def _numbered(row: Sequence[Piece], number: int | None, letter: float) -> Line:
    if number is None:
        return Line(_spaced(row, letter))
    if len(row) > 1 and row[0].text == str(number):
        return Line(replace(_spaced(row[1:], letter)), number)
    piece = _spaced(row, letter)
    text = NUMBERED.fullmatch(piece.text)
    return Line(replace(piece, text=text[2]) if text else piece, number)


def _columns(rows: Sequence[Sequence[Piece]], letter: float) -> Columns | None:
    """Output in columns, parted where every row has a blank, also inside of what was read in one."""
    origin = min(row[0].left for row in rows)
    placed = [[word for piece in row for word in _words(piece, origin, letter)] for row in rows]
    if len(rows) < TABLE_ROWS:
        return None
    words = [word for row in placed for word in row]
    taken = {at for begin, word in words for at in range(begin, begin + len(word.text))}
    begins = sorted(at for at in taken if at - 1 not in taken)
    table = [_in_columns(row, begins) for row in placed]
    table = _without_lone_headers(table)
    return Columns(table) if len(table[0]) >= TABLE_COLUMNS else None


def _words(piece: Piece, origin: int, letter: float) -> list[tuple[int, Piece]]:
    """Each word as a piece, and at which letter of the line it begins."""
    begin = (piece.left - origin) / letter
    stretch = piece.width / max(1, len(piece.text))
    words: list[tuple[int, Piece]] = []
    for word in re.finditer(r"\S+", piece.text):
        left = round(piece.left + word.start() * stretch)
        right = max(left + 1, round(piece.left + word.end() * stretch))
        at = round(begin + word.start() * stretch / letter)
        words.append((at, replace(piece, text=word.group(), left=left, right=right)))
    return words


def _in_columns(row: Sequence[tuple[int, Piece]], begins: Sequence[int]) -> list[Piece | None]:
    places: list[list[Piece]] = [[] for _ in begins]
    for at, word in row:
        places[max(i for i, begin in enumerate(begins) if begin <= at)].append(word)
    return [joined(place) if place else None for place in places]


def _without_lone_headers(table: list[list[Piece | None]]) -> list[list[Piece | None]]:
    """A column that only the header fills is the rest of the header before it."""
    for index in range(len(table[0]) - 1, 0, -1):
        if any(row[index] for row in table[1:]):
            continue
        for row in table:
            more = row.pop(index)
            before = row[index - 1]
            if more:
                row[index - 1] = joined([before, more]) if before else more
    return table
