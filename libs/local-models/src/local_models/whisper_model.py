"""faster-whisper's model, which also says in what language the sound is that it was given."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

import faster_whisper  # pyright: ignore[reportMissingTypeStubs]  # it has none
import numpy as np
from numpy.typing import NDArray

# Cast once: no stubs.
_Model = cast(Any, faster_whisper.WhisperModel)


class WhisperModel(_Model):
    """Implements SpeechModel.

    The language costs one step of the decoder: the sound is encoded once, for the words and for the
    language (`detect_language` would encode it again, which takes as long as the words).
    """

    _encoded: Any = None

    def transcribe(self, audio: NDArray[np.float32], **options: Any) -> tuple[Iterable[Any], Any]:
        self._encoded = None
        parent: Any = super()
        return parent.transcribe(audio, **options)

    def encode(self, features: NDArray[np.float32]) -> Any:
        parent: Any = super()
        encoded = parent.encode(features)
        if self._encoded is None:
            self._encoded = encoded
        return encoded

    def languages(self) -> Mapping[str, float]:
        if self._encoded is None:
            return {}
        (found,) = cast(Any, self).model.detect_language(self._encoded)
        return {token.strip("<|>"): float(ratio) for token, ratio in found}
