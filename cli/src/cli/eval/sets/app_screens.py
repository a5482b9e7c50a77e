"""Questions about screens of apps whose text and boxes are known: screen-qa."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

from cli.eval.harness.cases import Case
from cli.eval.harness.judging import Accepted
from cli.eval.sets.given_passages import rows
from cli.eval.sets.seen_screen import described
from contracts.ids import FrameId
from contracts.vision import FrameDescribed
from local_models.screen_text import Cell, PixelBox

SET: Final = "screen-qa"
TEXT_CLASSES: Final = frozenset({"TEXT", "BUTTON", "LABEL", "TEXT_INPUT"})
"""What holds words of the screen; the others hold captions that somebody wrote."""
WIDTH, HEIGHT, THOUSANDTHS = 1_440, 2_560, 1_000
"""Boxes are in thousandths of the phones that Rico was recorded on."""
NAMES: Final = UUID(int=1)


def app_screens(data: Path) -> Iterator[Case]:
    """One screen a question, no documents."""
    screens = {
        row["screen_id"]: _frame(row["screen_id"], row["lines"])
        for row in rows(data / SET / "screens.jsonl")
    }
    for row in rows(data / SET / "questions.jsonl"):
        by = Accepted(tuple(row["answers"])) if row["answerable"] else None
        frames = (screens[row["screen_id"]],)
        expected = " | ".join(row["answers"]) if by else "(abstain)"
        yield Case(
            SET,
            row["set"] if by else "unanswerable",
            str(row["screen_id"]),
            row["id"],
            row["question"],
            by,
            expected,
            frames=frames,
        )


def _frame(screen_id: int, lines: Sequence[Sequence[Any]]) -> FrameDescribed:
    cells = [_cell(text, box) for kind, text, box in lines if kind in TEXT_CLASSES and text]
    frame_id = FrameId(uuid5(NAMES, str(screen_id)))
    return described(frame_id, 0, cells, (WIDTH, HEIGHT))


def _cell(text: str, box: Sequence[int]) -> Cell:
    left, right = (at * WIDTH // THOUSANDTHS for at in (box[0], box[2]))
    top, bottom = (at * HEIGHT // THOUSANDTHS for at in (box[1], box[3]))
    return Cell(text, 1.0, PixelBox(left, top, max(1, right - left), max(1, bottom - top)))
