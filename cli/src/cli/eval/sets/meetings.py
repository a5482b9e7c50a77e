"""Meetings of our own: what stood on the screen, what the documents say, what was asked when.

A folder `meetings` as tests/evals/meetings/make.py writes it; its README says what is in it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

import cv2
import numpy as np
from numpy.typing import NDArray

from cli.eval.harness.cases import Case
from cli.eval.harness.judging import Holds, Judge
from cli.eval.harness.stored import code_of, stored
from cli.eval.sets.found_passages import Documents
from cli.eval.sets.seen_screen import described
from contracts.ids import FrameId
from contracts.vision import FrameDescribed
from local_models.screen_text import Cell, PixelBox, ScreenText

SET: Final = "meetings"
HEARD: Final = "meetings-heard"
"""The same questions as speech recognition heard them; where nothing was heard, left out."""
NAMES: Final = UUID(int=3)


@dataclass(frozen=True)
class Meeting:
    """One folder.

    Attributes:
        told: its meeting.json.
    """

    name: str
    folder: Path
    told: dict[str, Any]

    @property
    def documents(self) -> list[Path]:
        return [self.folder / "documents" / name for name in self.told["documents"]]

    def questions(self, spoken: str) -> list[dict[str, Any]]:
        """Those that have words under `spoken`: `text` or `heard`."""
        return [one for one in self.told["questions"] if one.get(spoken)]


def meetings(data: Path, documents: Documents) -> Iterator[Case]:
    """Questions as written, then as heard where the recordings were made."""
    found = [_meeting(path.parent) for path in sorted((data / SET).glob("*/meeting.json"))]
    for name, spoken in ((SET, "text"), (HEARD, "heard")):
        for one in found:
            for question in one.questions(spoken):
                yield _case(name, one, question, question[spoken], documents)


def _case(
    name: str, meeting: Meeting, question: dict[str, Any], text: str, documents: Documents
) -> Case:
    search = partial(documents.search, meeting.name, meeting.documents)
    return Case(
        name,
        question["kind"],
        meeting.name,
        f"{meeting.name} {question['id']}",
        text,
        judge_of(question),
        f"{question.get('accept', '(abstain)')}, not {question.get('forbid', [])}",
        search(text),
        tuple(one for one in _frames(meeting.folder) if one.shown_at_ms <= question["at_ms"]),
        question["at_ms"],
        session=meeting.name,
        search=search,
    )


def judge_of(question: dict[str, Any]) -> Judge | None:
    """Of a question as meeting.json has it; None where only an abstention is right."""
    if question["kind"] == "absent":
        return None
    accept = tuple(tuple(group) for group in question["accept"])
    return Holds(accept, tuple(question.get("forbid", ())))


def _meeting(folder: Path) -> Meeting:
    return Meeting(folder.name, folder, json.loads((folder / "meeting.json").read_text()))


@cache
def _frames(folder: Path) -> Sequence[FrameDescribed]:
    meeting = _meeting(folder)
    return [
        _frame(meeting.name, state["from_ms"], folder / state["picture"])
        for state in meeting.told["states"]
    ]


def _frame(name: str, from_ms: int, picture: Path) -> FrameDescribed:
    data = picture.read_bytes()
    image = _decoded(data)
    height, width, _ = image.shape
    code = code_of("local_models.screen_text")
    read = stored("cells", [code, data], lambda: _read(image))
    cells = [Cell(text, confidence, PixelBox(*box)) for text, confidence, box in read]
    return described(FrameId(uuid5(NAMES, f"{name} {from_ms}")), from_ms, cells, (width, height))


def _read(image: NDArray[np.uint8]) -> list[list[object]]:
    return [[cell.text, cell.confidence, list(cell.box)] for cell in _ocr().cells(image)]


@cache
def _ocr() -> ScreenText:
    return ScreenText()


def _decoded(data: bytes) -> NDArray[np.uint8]:
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    return np.asarray(found, np.uint8)
