"""The sound that speech is looked for in: mono int16 at 16 kHz, in windows of 32 ms."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ: Final = 16_000
WINDOW_SAMPLES: Final = 512
WINDOW_MS: Final = 32

FINISHED_PROBABILITY: Final = 0.5
"""From which on a speaker has finished: the turn detector's own threshold."""

IsFinished = Callable[[NDArray[np.int16]], bool]
"""Speech and about 200 ms of what follows in: has the speaker finished, or only paused?"""

Detect = Callable[[NDArray[np.int16]], list[float]]
"""Next samples in, one probability of speech for each window of 512 that is now full."""
