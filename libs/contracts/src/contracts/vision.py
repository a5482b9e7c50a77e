"""What a kept frame shows."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.fact import Fact, Model
from contracts.ids import FrameId, SessionMs
from contracts.media import BlobRef, Box


class ScreenLine(Model):
    """One line of text on the screen."""

    text: str
    box: Box
    confidence: float = Field(ge=0, le=1)


Tone = Literal["red", "amber", "green", "blue"]
"""A signal colour, of a text or of what it stands on."""

CellIndex = Annotated[int, Field(ge=0, description="A place in `cells`.")]


def _is_none(value: object) -> bool:
    """Not written then: a dense screen has 150 cells."""
    return value is None


class ScreenCell(Model):
    """Text in one piece; wrapped lines of one text are one cell."""

    text: str
    box: Box
    confidence: float = Field(ge=0, le=1)
    tone: Tone | None = Field(
        default=None, exclude_if=_is_none, description="None where the colour signals nothing."
    )


class Heading(Model):
    """A text that stands over others in larger or heavier type."""

    cell: CellIndex
    under: CellIndex | None = Field(default=None, description="The next larger heading over it.")


class _Block(Model):
    """Cells that belong together."""

    heading: CellIndex | None = Field(
        default=None, exclude_if=_is_none, description="The nearest heading over it."
    )


class TableBlock(_Block):
    """Rows and columns; None where a place is empty."""

    kind: Literal["table"] = "table"
    header: tuple[CellIndex | None, ...] = Field(description="One a column; () without a header.")
    rows: tuple[tuple[CellIndex | None, ...], ...] = Field(description="Each one a column.")


class PairBlock(_Block):
    """A label and what stands beside or below it: a card, a tile, a field, a setting."""

    kind: Literal["pair"] = "pair"
    label: CellIndex
    values: tuple[CellIndex, ...] = Field(min_length=1)


class ListBlock(_Block):
    """Items below each other."""

    kind: Literal["list"] = "list"
    items: tuple[CellIndex, ...] = Field(min_length=1)


class MessageBlock(_Block):
    """A message or dialog: title, text, buttons."""

    kind: Literal["message"] = "message"
    cells: tuple[CellIndex, ...] = Field(min_length=1)
    severity: Literal["error", "warning", "success", "info"] | None = Field(
        default=None, description="By its colour; None where it has none."
    )


class ConsoleLine(Model):
    """A line of a terminal or of an editor."""

    cell: CellIndex
    number: int | None = Field(default=None, description="As an editor writes it beside the line.")
    command: str | None = Field(default=None, description="What stands after a prompt.")


class ConsoleBlock(_Block):
    """Lines in equally wide letters, in order."""

    kind: Literal["console"] = "console"
    lines: tuple[ConsoleLine, ...] = Field(min_length=1)


class StatusBarBlock(_Block):
    """A line of short texts at the edge of a window."""

    kind: Literal["status_bar"] = "status_bar"
    cells: tuple[CellIndex, ...] = Field(min_length=1)


class TextBlock(_Block):
    """Anything else that stands together, in reading order."""

    kind: Literal["text"] = "text"
    cells: tuple[CellIndex, ...] = Field(min_length=1)


ScreenBlock = Annotated[
    TableBlock | PairBlock | ListBlock | MessageBlock | ConsoleBlock | StatusBarBlock | TextBlock,
    Field(discriminator="kind"),
]


class ScreenStructure(Model):
    """What belongs together on a screen, by geometry, colour and type size alone.

    Every cell is in one block or is a heading; a cell may be both.
    """

    cells: tuple[ScreenCell, ...] = Field(description="In reading order.")
    blocks: tuple[ScreenBlock, ...] = Field(description="In reading order.")
    headings: tuple[Heading, ...] = ()


class FrameDescribed(Fact):
    """What one kept frame shows. Ordered by session."""

    event_type: ClassVar[str] = "vision.frame_described.v1"
    frame_id: FrameId
    shown_at_ms: SessionMs
    lines: tuple[ScreenLine, ...] = Field(description="Top to bottom, left to right; masked.")
    picture: BlobRef | None = Field(
        description="The masked picture, the only one a provider may see; None when it is gone."
    )
    caption: str | None = Field(default=None, description="None when no vision model was asked.")
    structure: ScreenStructure | None = Field(
        default=None, description="None when the writer made none."
    )

    @property
    def key(self) -> str:
        return str(self.frame_id)
