"""Words of an utterance, and in what language they were heard."""

from dataclasses import dataclass
from typing import Final

ENGLISH: Final = "en"


@dataclass(frozen=True)
class Transcription:
    """Words of an utterance.

    Attributes:
        text: "" when there are none.
        language: ISO 639-1, in which it was heard; None where the model does not say.
        understood: False: somebody speaks, but no words of theirs were found.
    """

    text: str
    language: str | None = None
    understood: bool = True
