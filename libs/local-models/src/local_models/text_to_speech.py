"""Speech from text: hibari, the voice that comes with its package."""

from collections.abc import Iterator
from typing import Any, Final, cast

import hibari  # pyright: ignore[reportMissingTypeStubs]  # it has none
import numpy as np
from numpy.typing import NDArray

from local_models.weights import Part, Weights

VOICE: Final = Weights(
    (Part("hibari-tts", "hibari", "assets/hibari.onnx"),),
    "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8",
)
SPELLING: Final = Weights(
    (Part("hibari-tts", "hibari", "assets/oov.onnx"),),
    "d3cfd8122c5f172a98c8de38268bf1213ee09f2c2ae4df6e055fc6532590fe76",
)


class Hibari:
    """Speaks English in the voice "heart"; the others would be downloaded, so are not offered.

    Loads in about 1 s and holds about 250 MB; about 100 times faster than real time on one thread.
    Used by one thread at a time.
    """

    name: Final = "hibari-0.2.1-heart"
    sample_rate_hz: Final = 24_000

    def __init__(self) -> None:
        """Load.

        Raises:
            WeightsError: the installed weights are missing or not the expected ones.
        """
        SPELLING.path()
        # Cast once: no stubs.
        self._hibari = cast(Any, hibari).Hibari(voice="heart", model=str(VOICE.path()), threads=1)
        # Otherwise the first sentence waits for dictionaries, the first unknown word for its net.
        _ = self._hibari.g2p.oov

    def speak(self, text: str) -> Iterator[NDArray[np.float32]]:
        """Sound of the text, one sentence at a time, each made when it is asked for.

        Returns:
            Mono samples in [-1, 1] at 24 kHz, one array a sentence, in order; none where there is
            nothing to pronounce. The same text gives the same samples.
        """
        for sentence in self._hibari.stream(text, seed=0):
            yield np.clip(sentence, -1.0, 1.0, dtype=np.float32)
