"""The pieces of passages that may answer: sentences and table rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from answering.candidates.candidate import Candidate, Kind, Part
from answering.candidates.rows import parts_of, parts_spoken
from answering.evidence import passage_source
from answering.text.spans import HEADING_MARK, Span, blocks, cells_of, is_row, plain_text, sentences
from contracts.knowledge import Passage

MAX_CHARS: Final = 500
MIN_LETTERS: Final = 2
TITLE_CHARS: Final = (4, 60)
ENDS: Final = ".!?;:,\u3002\uff01\uff1f\uff1b\uff1a"
QUESTION_MARKS: Final = ("?", "\uff1f")


def candidates_of(index: int, passage: Passage) -> list[Candidate]:
    """Sentences and rows of one passage in order, without noise."""
    header = cells_of(passage.header) if passage.header else []
    reading = _Reading(index, passage, passage.heading.strip(), header)
    path = [part.strip() for part in passage.heading.split(" > ")]
    for start, end in blocks(passage.text):
        line = passage.text[start:end]
        if is_row(line):
            reading.row((start, end))
        elif marked := HEADING_MARK.match(line):
            reading.heading = plain_text(line[marked.end() :])
        elif (text := plain_text(line)) in path:
            # The passage's headings stand in its text, too.
            reading.heading = " > ".join(path[: path.index(text) + 1])
        else:
            reading.prose((start, end))
    return [found for found in reading.found if _is_worth_quoting(found.spoken)]


@dataclass
class _Reading:
    """One passage, read from its beginning."""

    index: int
    passage: Passage
    heading: str
    header: list[str]
    found: list[Candidate] = field(default_factory=list[Candidate])

    def row(self, span: Span) -> None:
        """The first row of a table names its columns, unless it already holds figures."""
        cells = cells_of(self.passage.text[slice(*span)])
        if not self.header:
            self.header = cells
            if not any(_begins_with_figure(cell) for cell in cells[1:]):
                return
        parts = parts_of(self.header, cells)
        if parts:
            self._add("row", span, parts_spoken(parts), cells[0], parts)
        else:
            self._add("row", span, cells[0])

    def prose(self, span: Span) -> None:
        """A question stands over its answer like a heading: it is no answer itself."""
        self.header = []
        text = self.passage.text
        for one in sentences(text, *span):
            spoken = plain_text(text[slice(*one)])
            if spoken.endswith(QUESTION_MARKS):
                self.heading = spoken
                continue
            self._add("sentence", one, spoken)
            # In text taken from a PDF a heading may hang at the end of the paragraph above it.
            if one[1] == span[1] and _is_title(spoken):
                self.heading = spoken

    def _add(
        self, kind: Kind, span: Span, text: str, label: str = "", parts: tuple[Part, ...] = ()
    ) -> None:
        start, end = _trimmed(self.passage.text, span)
        self.found.append(
            Candidate(
                text=text,
                kind=kind,
                source=passage_source(self.passage, start, end),
                label=label,
                heading=self.heading,
                title=self.passage.document,
                parts=parts,
                key_header=self.header[0] if parts else "",
                around=self._before(kind),
                group=("passage", self.index),
                order=len(self.found),
                passage=self.index,
            )
        )

    def _before(self, kind: Kind) -> str:
        """The sentence before: "it" is said there by name."""
        last = self.found[-1] if self.found else None
        same = last and last.kind == kind == "sentence" and last.heading == self.heading
        return last.text if last and same else ""


def _trimmed(text: str, span: Span) -> Span:
    start, end = span
    while start < end and text[start] in " \t|":
        start += 1
    while end > start and text[end - 1] in " \t|":
        end -= 1
    return start, end


def _begins_with_figure(cell: str) -> bool:
    """`Q1` and `Level 2` are names, `12`, `€ 30` and `-5 °C` are figures."""
    first = next((c for c in cell if c.isalnum()), "")
    return first.isdigit()


def _is_title(text: str) -> bool:
    """A short line by itself, without an end and without a figure."""
    short = TITLE_CHARS[0] <= len(text) <= TITLE_CHARS[1] and text[0].isupper()
    return short and not any(c in ENDS or c.isdigit() for c in text)


def _is_worth_quoting(text: str) -> bool:
    letters = sum(letter.isalnum() for letter in text)
    return (
        letters >= MIN_LETTERS
        and letters >= 0.4 * len(text.replace(" ", ""))
        and len(text) <= MAX_CHARS
    )


def document_candidates(passages: Sequence[Passage]) -> list[Candidate]:
    """Of all passages, in their order."""
    return [one for index, passage in enumerate(passages) for one in candidates_of(index, passage)]
