"""Several channels to one, without a voice cancelling itself."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
OPPOSITE: Final = -0.5
"""Correlation with the loudest channel below which a channel is taken to be the same sound turned
over: a cable or a microphone with swapped wires. Independent voices have about 0."""
MEMORY: Final = 0.9
"""Of the correlation from one block to the next: about a second of blocks of 100 ms."""


class Downmix:
    """Adds the channels of one stream of sound; one of opposite phase is turned over first."""

    def __init__(self) -> None:
        self._products: NDArray[np.float64] | None = None

    def mono(self, channels: Floats) -> Floats:
        """The next block, shape (channels, n), to shape (n,).

        The sum is not scaled down, so it may be beyond [-1, 1]; what is not a number is silence.
        """
        sound = np.nan_to_num(channels, nan=0.0, posinf=0.0, neginf=0.0)
        if len(sound) == 1:
            return sound[0]
        wide = sound.astype(np.float64)
        now = wide @ wide.T
        known = self._products
        self._products = now if known is None else MEMORY * known + (1 - MEMORY) * now
        energies = self._products.diagonal()
        loudest = int(energies.argmax())
        norm = np.sqrt(energies * energies[loudest]) + 1e-12
        correlations = self._products[loudest] / norm
        signs = np.where(correlations < OPPOSITE, -1, 1).astype(np.float32)
        return np.asarray(signs @ sound, np.float32)
