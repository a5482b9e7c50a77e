"""A recorded meeting as what comes out of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from media_agent.domain.gate.frames import Picture


@dataclass(frozen=True)
class AboutRecording:
    """What is known before it is played.

    Attributes:
        name: for people.
        duration_ms: as the container says; None where it does not.
    """

    name: str
    duration_ms: int | None
    has_video: bool
    has_audio: bool

    @property
    def note(self) -> str | None:
        """What a person should know, in one sentence."""
        if not self.has_audio:
            return f"{self.name} has no sound, so nothing is heard and no question is answered."
        if not self.has_video:
            return f"{self.name} has no picture, so nothing is seen."
        return None


@dataclass(frozen=True, eq=False)
class Sound:
    """The next samples: mono, int16, 16 kHz. They follow the ones before, or come after a gap."""

    t_ms: int
    samples: NDArray[np.int16]


Piece = Picture | Sound
