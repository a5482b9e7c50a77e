"""A piece of the evidence that may answer, with what stands around it."""

from dataclasses import dataclass
from typing import Literal

from answering.screen_history import Severity
from contracts.conversation import Source
from contracts.vision import Tone

Kind = Literal[
    "sentence", "row", "heading", "pair", "item", "message", "console", "status_bar", "line"
]
Part = tuple[str, str]
"""A cell and the header of its column, which may be empty: (header, cell)."""


@dataclass(frozen=True)
class Candidate:
    """What may answer.

    Attributes:
        text: how it reads, without markup and without its label.
        source: the exact place, to be cited.
        label: what names it: a pair's label, a row's first cell, a console's command.
        heading: what stands over it, from the outermost to the nearest.
        title: the document's name; "" on a screen.
        parts: of a row the cells after the first.
        key_header: of a row the name of its first column.
        around: what stands beside it and does not name it.
        group: what it is a piece of: a passage, or a block of a frame.
        order: its place in the group.
        passage: index into the evidence's passages; None on a screen.
        age: 0 on the newest frame, 1 on the one before, ...; 0 in a document.
        from_ms, until_ms: when a screen showed it; until None: it still does.
    """

    text: str
    kind: Kind
    source: Source
    label: str = ""
    heading: str = ""
    title: str = ""
    parts: tuple[Part, ...] = ()
    key_header: str = ""
    around: str = ""
    group: tuple[str, int] = ("", 0)
    order: int = 0
    passage: int | None = None
    age: int = 0
    from_ms: int = 0
    until_ms: int | None = None
    severity: Severity | None = None
    tone: Tone | None = None

    @property
    def on_screen(self) -> bool:
        return self.passage is None

    @property
    def names(self) -> str:
        """Everything that names it."""
        return " ".join(
            filter(None, (self.label, self.key_header, *(header for header, _ in self.parts)))
        )

    @property
    def spoken(self) -> str:
        """With its label, as it is read aloud."""
        return f"{self.label}: {self.text}" if self.label else self.text

    @property
    def looked_for(self) -> str:
        """What is compared with a question: a heading often holds the subject of its sentences."""
        near = self.heading.rsplit(" > ", 1)[-1]
        return f"{near}: {self.spoken}" if near else self.spoken
