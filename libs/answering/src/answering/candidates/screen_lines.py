"""The pieces of a frame without structure: its lines, and lines that belong together."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from answering.candidates.candidate import Candidate
from answering.candidates.rows import parts_of, parts_spoken
from answering.evidence import Frame
from answering.text.screen_lines import cells_of, neighbours, read_out
from answering.text.spans import LIST_MARK, plain_text
from contracts.conversation import ScreenSource
from contracts.vision import ScreenLine

MIN_CONFIDENCE: Final = 0.5
"""Below this OCR guesses (measured on icons); a guess is not quoted."""
MIN_READABLE: Final = 1
MAX_BLOCK_CHARS: Final = 500


def line_candidates(frame: Frame, age: int) -> list[Candidate]:
    """Lines of one frame, and neighbours below each other that belong together."""
    lines = [line for line in frame.lines if _is_readable(line)]
    header: list[str] = []
    found: list[Candidate] = []
    for at, line in enumerate(lines):
        cells = cells_of(line)
        if len(cells) > 1:
            parts = parts_of(header, cells)
            header = header if len(header) == len(cells) else cells
            row = Candidate(
                parts_spoken(parts),
                "row",
                _source(frame, (line,)),
                label=cells[0].rstrip(" :"),
                parts=parts,
            )
            found.append(_placed(row, frame, age, at))
        else:
            text = plain_text(LIST_MARK.sub("", line.text))
            found.append(_placed(Candidate(text, "line", _source(frame, (line,))), frame, age, at))
    # Older frames are context: their lines are enough.
    for block in neighbours(lines) if age == 0 else ():
        if sum(len(line.text) for line in block) <= MAX_BLOCK_CHARS:
            one = Candidate(read_out(block), "line", _source(frame, block))
            found.append(_placed(one, frame, age, len(lines)))
    return [one for one in found if one.text]


def _placed(one: Candidate, frame: Frame, age: int, order: int) -> Candidate:
    return replace(
        one, group=(str(frame.frame_id), 0), order=order, age=age, from_ms=frame.shown_at_ms
    )


def _source(frame: Frame, lines: Sequence[ScreenLine]) -> ScreenSource:
    quote = "\n".join(line.text.strip() for line in lines)
    return ScreenSource(frame_id=frame.frame_id, screen_at_ms=frame.shown_at_ms, quote=quote)


def _is_readable(line: ScreenLine) -> bool:
    return line.confidence >= MIN_CONFIDENCE and sum(c.isalnum() for c in line.text) >= MIN_READABLE
