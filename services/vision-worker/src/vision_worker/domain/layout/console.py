"""Lines of terminals and editors: columns, line numbers, prompts."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Final

from vision_worker.domain.geometry.monospace import BEARING_LETTERS
from vision_worker.domain.geometry.piece import Piece, joined
from vision_worker.domain.geometry.rows import Row, all_pieces

PROMPT: Final = re.compile(
    r"(?:\S+\s){0,3}?(?:\S*[^\s\d\-=<>|])?(?:[$#\u276f\u00bb\u203a\u279c]|(?<!\d)%|(?<![-=<|])>{1,3})\s+(?P<command>\S.*)"
)
NUMBERED_ROWS: Final = 3
NUMBER_GAP: Final = 3
"""Rows: a wrapped line has no number, nor one whose number was not read."""
NUMBERED: Final = re.compile(r"(\d{1,6})\s+(\S.*)")
BLANK_LETTERS: Final = 0.55
"""Between two words, as their ink shows it; in letters."""
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
    begin, end = _numbered_rows([_leading(row[0].text) for row in flat])
    if begin == end:
        return _unnumbered(flat, letter)
    lines = [_numbered(row, _leading(row[0].text), letter) for row in flat[begin:end]]
    return [*_unnumbered(flat[:begin], letter), lines, *_unnumbered(flat[end:], letter)]


def _unnumbered(flat: Sequence[Sequence[Piece]], letter: float) -> list[list[Line] | Columns]:
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


def _numbered_rows(numbers: Sequence[int | None]) -> tuple[int, int]:
    """From which row to before which lines are numbered; the same twice where none are."""
    runs: list[list[int]] = [[]]
    for at, number in enumerate(numbers):
        if number is None:
            continue
        last = runs[-1][-1] if runs[-1] else at
        if 0 <= number - (numbers[last] or 0) <= at - last + 1 and at - last <= NUMBER_GAP:
            runs[-1].append(at)
        else:
            runs.append([at])
    longest = max(runs, key=len)
    if len(longest) < NUMBERED_ROWS:
        return 0, 0
    return longest[0], longest[-1] + 1


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
    """Output in columns: parted where every row has a blank, inside of a text that was read too."""
    if len(rows) < TABLE_ROWS:
        return None
    words = [[word for piece in row for word in _words(piece, letter)] for row in rows]
    begins: list[int] = []
    end = float("-inf")
    for left, right in sorted((word.left, word.right) for row in words for word in row):
        if left - end > BLANK_LETTERS * letter:
            begins.append(left)
        end = max(end, right)
    table = _without_lone_headers([_in_columns(row, begins) for row in words])
    return Columns(table) if len(table[0]) >= TABLE_COLUMNS else None


def _words(piece: Piece, letter: float) -> list[Piece]:
    """Each where it stands: of several blanks the OCR writes one."""
    parts = piece.text.split()
    blanks = piece.width / letter + BEARING_LETTERS - sum(map(len, parts))
    room = letter * max(1.0, blanks / max(1, len(parts) - 1))
    words: list[Piece] = []
    left = float(piece.left)
    for part in parts:
        right = left + (len(part) - BEARING_LETTERS) * letter
        words.append(replace(piece, text=part, left=round(left), right=round(right)))
        left += len(part) * letter + room
    return words


def _in_columns(row: Sequence[Piece], begins: Sequence[int]) -> list[Piece | None]:
    places: list[list[Piece]] = [[] for _ in begins]
    for word in row:
        places[bisect_right(begins, word.left) - 1].append(word)
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
