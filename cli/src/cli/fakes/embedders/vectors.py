"""Vectors made of words, and scores: texts that share words are near each other."""

from collections.abc import Sequence
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from cli.fakes.script import Script
from language.words import terms

OWN_SERVERS_LENGTH: Final = 3.0
"""A server of one's own may send vectors of any length."""

Vector = NDArray[np.float32]


def vectors_of(
    texts: Sequence[str], size: int, script: Script, length: float = 1.0
) -> list[Vector]:
    """One for each text, in their order, as far as the script lets."""
    told = script.dimension or size
    rows = [_vector(text, told) * np.float32(length) for text in texts[: script.end]]
    if script.value is None:
        return rows
    return [np.full_like(row, script.value) for row in rows]


def ranking_of(query: str, texts: Sequence[str], script: Script) -> list[tuple[int, float]]:
    """Place and score, by the share of the question's words, best first."""
    asked = set(_words(query))
    found = [len(asked & set(_words(text))) / (1 + len(asked)) for text in texts]
    best = sorted(range(len(texts)), key=lambda at: -found[at])[: script.end]
    return [(at, found[at] if script.value is None else script.value) for at in best]


def _words(text: str) -> Sequence[str]:
    """Those that carry meaning, in any language; the text where none does."""
    return terms(text) or [text]


def _vector(text: str, size: int) -> Vector:
    row = np.zeros(size, np.float32)
    for word in _words(text):
        row[crc32(word.encode()) % size] += 1
    return row / np.float32(max(1.0, float(np.linalg.norm(row))))
