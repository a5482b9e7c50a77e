"""Has somebody finished speaking, or only paused: Smart Turn v3.2, on onnxruntime."""

from typing import Any, Final, cast

import numpy as np
import onnxruntime as ort  # pyright: ignore[reportMissingTypeStubs]  # it has none
from faster_whisper.feature_extractor import (  # pyright: ignore[reportMissingTypeStubs]
    FeatureExtractor,
)
from numpy.typing import NDArray

from local_models.weights import Part, Weights

MODEL: Final = Weights(
    (Part("pipecat-ai", "pipecat", "audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx"),),
    "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f",
)
SAMPLE_RATE_HZ: Final = 16_000
HEARD_S: Final = 8
"""What the model takes; of a longer turn its end."""
FRAMES: Final = 100 * HEARD_S
FULL_SCALE: Final = 32_768
SMALLEST_VARIANCE: Final = 1e-7


class SmartTurn:
    """Whether a turn is over, by how it was said: melody, pace, the last words.

    Loads in 0.1 s, holds about 50 MB, takes 0.1 s of one thread a question. Trained on 23 languages
    (pipecat-ai/smart-turn, BSD-2-Clause). Used by one thread at a time.
    """

    name: Final = "smart-turn-3.2"

    def __init__(self) -> None:
        """Load.

        Raises:
            WeightsError: the installed weights are missing or not the expected ones.
        """
        options = cast(Any, ort).SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = cast(Any, ort).InferenceSession(str(MODEL.path()), options)
        self._features = FeatureExtractor(chunk_length=HEARD_S)

    def probability(self, samples: NDArray[np.int16]) -> float:
        """That the speaker has finished, in [0, 1].

        Args:
            samples: mono, 16 kHz: the turn so far and about 200 ms of the silence after it. With
                more silence nearly everything seems finished.
        """
        wanted = HEARD_S * SAMPLE_RATE_HZ
        last = samples[-wanted:].astype(np.float32) / FULL_SCALE
        sound = np.pad(last, (wanted - len(last), 0))
        sound = (sound - sound.mean()) / np.sqrt(sound.var() + SMALLEST_VARIANCE)
        spectrum = self._features(sound, padding=0)[None, :, :FRAMES].astype(np.float32)
        return float(self._session.run(None, {"input_features": spectrum})[0].item())
