"""What a kept frame shows."""

from typing import ClassVar

from pydantic import Field

from contracts.fact import Fact, Model
from contracts.ids import FrameId, SessionMs
from contracts.media import BlobRef, Box


class ScreenLine(Model):
    """One line of text on the screen."""

    text: str
    box: Box
    confidence: float = Field(ge=0, le=1)


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

    @property
    def key(self) -> str:
        return str(self.frame_id)
