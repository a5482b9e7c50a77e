"""What a participant receives from a LiveKit room: text streams, and the agents' voices."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

HEARING_HZ: Final = 16_000
LOUD: Final = 330
"""Root mean square of a frame of speech, of 32768; a silent agent's line is far below."""
CHAT: Final = "lk.chat"
TRANSCRIPTION: Final = "lk.transcription"


@dataclass
class ReceivedText:
    """A text stream from the room; it grows until it is `done`, or its sender is gone.

    Attributes:
        sender: identity; a transcription comes as from the person whose words it is.
        at: when it began.
        final: False for a transcription that another one will replace.
    """

    topic: str
    sender: str
    at: float
    text: str = ""
    done: bool = False
    final: bool = False


@dataclass(frozen=True)
class ReceivedAudio:
    """One frame of an agent's voice, at HEARING_HZ."""

    at: float
    agent: str
    samples: Samples

    @property
    def loud(self) -> bool:
        return bool(np.sqrt(np.mean(self.samples.astype(np.float32) ** 2)) > LOUD)
