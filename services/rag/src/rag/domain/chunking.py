"""Cutting a document into passages: small enough for the model, whole enough to answer."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from language.sentences import sentences
from rag.domain.documents import Block, ParsedDocument

# A line break in a block ends a sentence too (lists, verses, code).
_LINE_END = re.compile(r"\n+")
_WORD_GAP = re.compile(r"\s+")


@dataclass(frozen=True)
class ChunkRules:
    """How passages are cut; values are measured, see docs/results/retrieval.md.

    Attributes:
        max_tokens: of a passage's own text.
        overlap_tokens: a passage begins with at most so many tokens of the one before it.
        min_tokens: a passage shorter than this does not end at a heading.
        max_chars: of a passage's own text, for text that the tokenizer takes as one long word.
    """

    max_tokens: int = 160
    overlap_tokens: int = 32
    min_tokens: int = 12
    max_chars: int = 2_000


@dataclass(frozen=True)
class Chunk:
    """A passage: `document.text[start:end]`, with the headings it stands under.

    Attributes:
        start: offset of its first character, never white space.
        end: offset after its last character.
        page: of all of it; a passage never runs over a page.
        heading: heading path, ` > ` between levels; "" above the first heading.
        header: the row that names the columns, when the passage starts inside a table; else "".
    """

    start: int
    end: int
    page: int | None
    heading: str
    header: str


@dataclass(frozen=True)
class _Unit:
    """What is not cut: a sentence, a row, or a piece of one that is too long by itself."""

    start: int
    end: int
    header: str


@dataclass
class _Section:
    """Units under one heading on one page."""

    page: int | None
    headings: tuple[str, ...]
    units: list[_Unit] = field(default_factory=list[_Unit])


class Tokens:
    """Counts tokens of any range of a text whose tokens start at known offsets.

    Args:
        starts: offset of each token's first character, ascending.
    """

    def __init__(self, starts: Sequence[int]) -> None:
        self._starts = starts

    def between(self, start: int, end: int) -> int:
        """Tokens that start in [start, end)."""
        return bisect_left(self._starts, end) - bisect_left(self._starts, start)


def cut(document: ParsedDocument, tokens: Tokens, rules: ChunkRules) -> list[Chunk]:
    """Passages in the order of the text; together they hold every character but white space.

    A passage ends at a page's end, at a heading once it has `min_tokens`, and before the unit
    (sentence, row) that would make it longer than `max_tokens` or `max_chars`.
    """
    chunks: list[Chunk] = []
    for section in _merged(_sections(document, tokens, rules), tokens, rules):
        chunks.extend(_chunks(section, tokens, rules))
    return chunks


def _sections(document: ParsedDocument, tokens: Tokens, rules: ChunkRules) -> Iterator[_Section]:
    headings: list[tuple[int, str]] = []
    section: _Section | None = None
    header = ""
    previous: Block | None = None
    for block in document.blocks:
        if block.style == "heading":
            level, title = block.level, document.text[block.start : block.end]
            headings = [*(item for item in headings if item[0] < level), (level, title)]
        path = tuple(" ".join(title.split()) for _, title in headings)
        if section is None or section.page != block.page or section.headings != path:
            if section is not None:
                yield section
            section = _Section(block.page, path)
        if block.style != "row":
            header = ""
        elif previous is None or not _same_table(document.text, previous, block):
            header = document.text[block.start : block.end]
        section.units.extend(_units(document.text, block, header, tokens, rules))
        previous = block
    if section is not None:
        yield section


def _same_table(text: str, above: Block, row: Block) -> bool:
    """Rows of one table stand in lines that follow each other."""
    return above.style == "row" and above.page == row.page and text[above.end : row.start] == "\n"


def _units(
    text: str, block: Block, header: str, tokens: Tokens, rules: ChunkRules
) -> Iterator[_Unit]:
    if block.style == "row":
        # The header row stands in its own text; below it, it is context.
        shown = header if text[block.start : block.end] != header else ""
        pieces = iter([(block.start, block.end)])
    else:
        shown, pieces = "", _sentences(text, block)
    for start, end in pieces:
        for piece_start, piece_end in _fitting(text, start, end, tokens, rules):
            yield _Unit(piece_start, piece_end, shown)


def _sentences(text: str, block: Block) -> Iterator[tuple[int, int]]:
    for start, end in sentences(text[block.start : block.end]):
        yield from _split(text, block.start + start, block.start + end, _LINE_END)


def _split(text: str, start: int, end: int, gap: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Stripped, non-empty pieces between the matches of `gap`."""
    at = start
    for match in gap.finditer(text, start, end):
        stripped = _strip(text, at, match.end())
        if stripped is not None:
            yield stripped
        at = match.end()
    stripped = _strip(text, at, end)
    if stripped is not None:
        yield stripped


def _strip(text: str, start: int, end: int) -> tuple[int, int] | None:
    piece = text[start:end]
    inner = piece.strip()
    if not inner:
        return None
    first = start + piece.index(inner)
    return first, first + len(inner)


def _fitting(
    text: str, start: int, end: int, tokens: Tokens, rules: ChunkRules
) -> Iterator[tuple[int, int]]:
    """The range itself when it fits, else runs of its words, and of characters at the very last."""
    if _fits(start, end, tokens, rules):
        yield start, end
        return
    run_start = run_end = start
    for word_start, word_end in _split(text, start, end, _WORD_GAP):
        if run_end > run_start and not _fits(run_start, word_end, tokens, rules):
            yield run_start, run_end
            run_start = word_start
        elif run_end == run_start:
            run_start = word_start
        run_end = word_end
        while not _fits(run_start, run_end, tokens, rules):
            cut_at = _last_fitting(run_start, run_end, tokens, rules)
            yield run_start, cut_at
            run_start = cut_at
    if run_end > run_start:
        yield run_start, run_end


def _last_fitting(start: int, end: int, tokens: Tokens, rules: ChunkRules) -> int:
    """The largest cut in a word that leaves a fitting first part of at least one character."""
    low, high = start + 1, min(end, start + rules.max_chars)
    while low < high:
        middle = (low + high + 1) // 2
        if _fits(start, middle, tokens, rules):
            low = middle
        else:
            high = middle - 1
    return low


def _fits(start: int, end: int, tokens: Tokens, rules: ChunkRules) -> bool:
    return end - start <= rules.max_chars and tokens.between(start, end) <= rules.max_tokens


def _merged(sections: Iterator[_Section], tokens: Tokens, rules: ChunkRules) -> Iterator[_Section]:
    """Sections too short to stand alone go on into the next one of the same page."""
    waiting: _Section | None = None
    for section in sections:
        if waiting is None:
            waiting = section
            continue
        length = tokens.between(waiting.units[0].start, waiting.units[-1].end)
        if waiting.page == section.page and length < rules.min_tokens:
            waiting = _Section(
                section.page,
                _path_of_both(waiting.headings, section.headings),
                [*waiting.units, *section.units],
            )
        else:
            yield waiting
            waiting = section
    if waiting is not None:
        yield waiting


def _path_of_both(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """The deeper path when one begins with the other, else what they share."""
    shared = 0
    for left, right in zip(first, second, strict=False):
        if left != right:
            break
        shared += 1
    if shared == min(len(first), len(second)):
        return max(first, second, key=len)
    return first[:shared]


def _chunks(section: _Section, tokens: Tokens, rules: ChunkRules) -> Iterator[Chunk]:
    units = section.units
    heading = " > ".join(section.headings)
    first = 0
    for position in range(1, len(units) + 1):
        if position < len(units) and _fits(units[first].start, units[position].end, tokens, rules):
            continue
        yield Chunk(
            units[first].start, units[position - 1].end, section.page, heading, units[first].header
        )
        if position < len(units):
            first = _overlapped(units, first, position, tokens, rules)


def _overlapped(
    units: Sequence[_Unit], first: int, position: int, tokens: Tokens, rules: ChunkRules
) -> int:
    """Where the next passage starts: as far back as overlap allows and the next unit still fits."""
    start = position
    while (
        start - 1 > first
        and tokens.between(units[start - 1].start, units[position].start) <= rules.overlap_tokens
        and _fits(units[start - 1].start, units[position].end, tokens, rules)
    ):
        start -= 1
    return start
