"""The pieces of evidence that can be an answer: sentences, table rows, lines of the screen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from contracts.knowledge import Passage
from contracts.vision import ScreenLine
from llm_router.domain.evidence import Frame
from llm_router.domain.suspicion import talks_to_the_machine

MIN_LINE_CONFIDENCE: Final = 0.5
"""Below this OCR guesses (measured on icons); a guess is not quoted."""
MAX_UNIT_CHARS: Final = 500
TITLE_CHARS: Final = 60
"""A longer line without an end is wrapped prose."""
LABEL_CHARS: Final = 40
MIN_LETTERS: Final = 3
MAX_CELL_WORDS: Final = 3
"""A cell with more is a sentence, and gets a colon."""
MIN_READABLE: Final = 2
MAX_BLOCK_LINES: Final = 4

UnitKind = Literal["sentence", "row", "heading"]


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


@dataclass(frozen=True)
class ScreenUnit:
    """A line, or lines that belong together, of one frame.

    Attributes:
        quote: the lines as read, cells two blanks apart as OCR gives them.
        spoken: how it reads aloud.
        key: first cell of a row.
        age: 0 for the newest frame, 1 for the one before, ...
    """

    spoken: str
    quote: str
    frame: Frame
    age: int
    lines: int = 1
    key: str = ""


Unit = PassageUnit | ScreenUnit

_SENTENCE_END: Final = re.compile(
    r"(?<=[.!?])[\"'\u201d\u2019)\]]*\s+(?=[\"'\u201c\u2018(\[]?[A-Z0-9$€£*_`])"
)
_ABBREVIATION: Final = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|approx|no|fig|dr|mr|mrs|ms|prof|inc|ltd|st|u\.s|[A-Z])\.)$",
    re.IGNORECASE,
)
_LEAD: Final = re.compile(r"^\s*(?:>+\s*)*(?:(?:[-*+•▪◦·\u2013]|\d{1,3}[.)])\s+)?(?:\[[ xX]\]\s+)?")
_HEADING: Final = re.compile(r"^\s*#{1,6}\s+")
_RULE: Final = re.compile(r"^[\s|:=_*+~.-]*$")
_CODE_FENCE: Final = re.compile(r"^\s*(?:```|~~~)")
_IMAGE: Final = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_LINK: Final = re.compile(r"\[([^\]]+)\]\((?:[^()\s]|\([^)]*\))*(?:\s+\"[^\"]*\")?\)")
_TAG: Final = re.compile(r"</?[a-zA-Z][^>\n]{0,200}>|<!--.*?-->", re.DOTALL)
_MARKS: Final = re.compile(r"\*\*|__|`+|~~|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)")
_ENTITY: Final = {
    "&nbsp;": " ",
    "&amp;": "&",
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&#39;": "'",
}
# A short line by itself, without an end and without a figure or a list's mark.
_TITLE: Final = re.compile(r"^[A-Z][^.!?;:\n\d]{2,58}[^.!?;:,\n\d]$")
_FIGURE: Final = re.compile(r"\d")
_SPLIT_CELLS: Final = re.compile(r"\s*\|\s*|\t+|\s{2,}")


def spoken_of(text: str) -> str:
    """Text without markup, on one line."""
    text = _TAG.sub(" ", _LINK.sub(r"\1", _IMAGE.sub(r"\1", text)))
    for entity, plain in _ENTITY.items():
        text = text.replace(entity, plain)
    return " ".join(_MARKS.sub("", text).split())


def passage_units(index: int, passage: Passage) -> list[PassageUnit]:
    """Sentences and rows of one passage in order, without noise and without orders to a machine."""
    reading = _Reading(index, passage, passage.heading.split(" > ")[-1].strip())
    for start, end in _blocks(passage.text):
        line = passage.text[start:end]
        if _is_row(line):
            reading.row(start, end)
        elif marked := _HEADING.match(line):
            reading.heading = spoken_of(line[marked.end() :])
        elif line.strip() != reading.heading:
            reading.prose(start, end)
    return [unit for unit in reading.units if _is_worth_quoting(unit)]


@dataclass
class _Reading:
    """One passage, read from its beginning."""

    index: int
    passage: Passage
    heading: str
    header: list[str] = field(default_factory=list[str])
    units: list[PassageUnit] = field(default_factory=list[PassageUnit])

    def row(self, start: int, end: int) -> None:
        """The first row of a table names its columns, unless it already holds figures."""
        cells = _cells(self.passage.text[start:end])
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
        for span in _sentences(text, start, end):
            spoken = spoken_of(text[slice(*span)])
            if spoken.endswith("?"):
                self.heading = spoken
                continue
            self.units.append(_unit(text, "sentence", self.index, span, spoken, self.heading))
            # In text taken from a PDF a heading may hang at the end of the paragraph above it.
            if span[1] == end and _TITLE.match(spoken):
                self.heading = spoken


def screen_units(frame: Frame, age: int) -> list[ScreenUnit]:
    """Lines of one frame, and neighbours below each other that belong together."""
    lines = [line for line in frame.lines if _is_readable(line)]
    header: tuple[ScreenLine, list[str]] | None = None
    units: list[ScreenUnit] = []
    for line in lines:
        cells = [cell for cell in _SPLIT_CELLS.split(line.text.strip()) if cell]
        if len(cells) > 1:
            spoken = row_spoken(header[1], cells) if header else ", ".join(cells)
            header = header if header and len(header[1]) == len(cells) else (line, cells)
        else:
            spoken = spoken_of(_LEAD.sub("", line.text))
        key = cells[0] if len(cells) > 1 else ""
        units.append(ScreenUnit(spoken, line.text.strip(), frame, age, key=key))
    # Older frames are context: their lines are enough.
    for block in _neighbours(lines) if age == 0 else ():
        quote = "\n".join(line.text.strip() for line in block)
        if len(quote) <= MAX_UNIT_CHARS:
            units.append(ScreenUnit(_joined(block), quote, frame, age, len(block)))
    return [unit for unit in units if unit.spoken and not talks_to_the_machine(unit.spoken)]


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


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Spans of paragraphs, list items, rows and headings; wrapped prose stays together."""
    at, open_from, open_to, fenced = 0, -1, -1, False
    for line in text.splitlines(keepends=True):
        start, end = at, at + len(line.rstrip("\r\n"))
        at += len(line)
        bare = text[start:end]
        fence = bool(_CODE_FENCE.match(bare))
        fenced ^= fence
        alone = (
            fence
            or not bare.strip()
            or bool(_RULE.match(bare))
            or _is_row(bare)
            or bool(_HEADING.match(bare))
            or fenced
        )
        begins_item = bool(_LEAD.match(bare) and _LEAD.match(bare).group().strip())  # type: ignore[union-attr]
        if open_from >= 0 and (alone or begins_item or _ended(text[open_from:open_to], bare)):
            yield open_from, open_to
            open_from = -1
        if not alone:
            open_from, open_to = (start if open_from < 0 else open_from), end
        elif bare.strip() and not fence and not _RULE.match(bare):
            yield start, end
    if open_from >= 0:
        yield open_from, open_to


def _ended(so_far: str, following: str) -> bool:
    """Whether a line break ends a block: short titles do, wrapped prose does not."""
    last = so_far.rsplit("\n", 1)[-1].rstrip()
    if last[-1:] in ".!?:;":
        return len(last) < TITLE_CHARS or following[:1].isupper()
    return len(last) < TITLE_CHARS and following.strip()[:1].isupper()


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start + len(_LEAD.match(text[start:end]).group())  # type: ignore[union-attr]
    for gap in _SENTENCE_END.finditer(text, begin, end):
        if _ABBREVIATION.search(text[begin : gap.start()]):
            continue
        if gap.start() > begin:
            yield begin, gap.start() + len(gap.group().rstrip())
        begin = gap.end()
    if begin < end:
        yield begin, end - (len(text[begin:end]) - len(text[begin:end].rstrip()))


def _is_row(line: str) -> bool:
    if _RULE.match(line):
        return False
    return line.count("|") > 1 or " | " in line or line.strip().count("\t") >= 1


def _cells(line: str) -> list[str]:
    inner = line.strip().strip("|")
    return [spoken_of(cell) for cell in re.split(r"\||\t+", inner)]


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
        and not talks_to_the_machine(unit.spoken)
    )


def _is_readable(line: ScreenLine) -> bool:
    return (
        line.confidence >= MIN_LINE_CONFIDENCE
        and sum(c.isalnum() for c in line.text) >= MIN_READABLE
    )


def _neighbours(lines: Sequence[ScreenLine]) -> Iterator[list[ScreenLine]]:
    """Runs of two to four lines below each other: a wrapped message, a price under its name."""
    for first, line in enumerate(lines):
        run = [line]
        for other in lines[first + 1 :]:
            if len(run) == MAX_BLOCK_LINES:
                break
            if _is_below(run[-1], other):
                run.append(other)
                yield list(run)


def _is_below(upper: ScreenLine, lower: ScreenLine) -> bool:
    a, b = upper.box, lower.box
    gap = b.y - (a.y + a.height)
    overlap = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    return -0.3 * a.height <= gap <= 1.2 * max(a.height, b.height) and overlap > 0.5 * min(
        a.width, b.width
    )


def _joined(block: Sequence[ScreenLine]) -> str:
    """Wrapped prose by blanks, else by commas."""
    spoken = ""
    for line in block:
        text = ", ".join(cell for cell in _SPLIT_CELLS.split(line.text.strip()) if cell)
        if not spoken:
            spoken = text
        elif text[:1].islower() or spoken[-1:] in ".,:;!?-":
            spoken = f"{spoken} {text}"
        else:
            spoken = f"{spoken}, {text}" if len(spoken) < LABEL_CHARS else f"{spoken} {text}"
    return spoken
