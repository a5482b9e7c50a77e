"""CSV, TSV and their kin as one table: which sign parts the cells is found, not asked."""

import csv
from collections import Counter
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Final

from rag.adapters.parsers.builder import TextBuilder
from rag.adapters.parsers.encoding import decode
from rag.domain.documents import Limits, ParsedDocument

_DELIMITERS: Final = (",", ";", "\t", "|")
_SAMPLE_CHARS: Final = 64_000
# A text file is a table when it has so many rows and columns, nearly all rows alike.
_MIN_ROWS: Final = 3
_MIN_COLUMNS: Final = 3
_ALIKE_RATIO: Final = 0.95
_MAX_CELL_CHARS: Final = 2**20


def read_delimited(path: Path, limits: Limits) -> ParsedDocument:
    """Rows of one table, the first names the columns; rows may differ in length."""
    decoded = decode(path.read_bytes())
    builder = TextBuilder(limits, decoded.left_out)
    text, told = _without_told_delimiter(decoded.text)
    for row in _rows(text, told or _delimiter(text[:_SAMPLE_CHARS])):
        builder.row(row)
    return builder.finish()


def is_table(text: str) -> bool:
    """Whether a text that does not say so is one: several rows of several cells, all alike."""
    sample = text[:_SAMPLE_CHARS]
    delimiter = _delimiter(sample)
    rows = [row for row in _rows(_whole_lines(sample, text), delimiter) if row]
    columns, alike = _commonest_width(rows)
    # Commas stand in prose, too: a cell of prose begins with a blank.
    spaced = sum(cell.startswith(" ") for row in rows for cell in row[1:])
    cells = sum(len(row) - 1 for row in rows)
    return (
        len(rows) >= _MIN_ROWS
        and columns >= _MIN_COLUMNS
        and alike >= _ALIKE_RATIO * len(rows)
        and (delimiter != "," or spaced * 2 <= cells)
        and delimiter != "|"  # a table of Markdown
    )


def _delimiter(sample: str) -> str:
    """The one that parts most rows into the same number of cells, above one."""

    def fitness(delimiter: str) -> float:
        rows = [row for row in _rows(sample, delimiter) if row]
        columns, alike = _commonest_width(rows)
        return (alike / len(rows)) ** 2 * (columns - 1) / columns if rows else 0.0

    return max(_DELIMITERS, key=fitness)


def _commonest_width(rows: Sequence[Sequence[str]]) -> tuple[int, int]:
    """Cells of most rows, and how many rows have so many."""
    widths = Counter(len(row) for row in rows)
    return widths.most_common(1)[0] if widths else (1, 0)


def _rows(text: str, delimiter: str) -> list[list[str]]:
    csv.field_size_limit(_MAX_CELL_CHARS)
    lines = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    reader = csv.reader(StringIO(lines), delimiter=delimiter)
    rows: list[list[str]] = []
    try:
        rows.extend(reader)
    except csv.Error:  # a quotation mark that never closes: signs inside cells, then
        plain = csv.reader(StringIO(lines), delimiter=delimiter, quoting=csv.QUOTE_NONE)
        return list(plain)
    return rows


def _whole_lines(sample: str, text: str) -> str:
    return sample if len(sample) == len(text) else sample[: sample.rfind("\n") + 1]


def _without_told_delimiter(text: str) -> tuple[str, str | None]:
    """Excel's own first line `sep=;` is no row."""
    first, _, rest = text.partition("\n")
    name, _, sign = first.strip().partition("=")
    return (rest, sign) if name == "sep" and len(sign) == 1 else (text, None)
