"""What providers send back, looked at before anything is made of it."""

import math
from collections.abc import Sequence
from typing import Any, Final, cast

import numpy as np

from rag.adapters.hosted.provider_call import BadReplyError
from rag.domain.passages import Vectors

MATRIX: Final = 2
"""Dimensions of an array of rows."""


def unit_rows(rows: object, count: int, dimension: int) -> Vectors:
    """Shape (count, dimension), each row brought to length 1.

    Raises:
        BadReplyError: other rows, other numbers in a row, not numbers, or nothing but zeros.
    """
    try:
        found = np.asarray(rows, dtype=np.float32)
    except (TypeError, ValueError):
        raise BadReplyError("did not send rows of numbers") from None
    if found.ndim != MATRIX or len(found) != count:
        raise BadReplyError(f"did not send {count} rows of numbers")
    if found.shape[1] != dimension:
        raise BadReplyError(
            f"sent rows of {found.shape[1]} numbers instead of {dimension}:"
            " set RAG_EMBEDDING_DIMENSION to what the model gives"
        )
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not (lengths > 0).all():
        raise BadReplyError("sent numbers that are no vector")
    return found / lengths


def ordered_scores(rows: Sequence[tuple[object, object]], count: int) -> list[float]:
    """Of each text by its place, from pairs of place and score in any order.

    Raises:
        BadReplyError: a place is missing, twice or out of range, or a score is no number.
    """
    scores: dict[int, float] = {}
    for place, score in rows:
        if not isinstance(place, int) or not isinstance(score, int | float):
            raise BadReplyError("did not send pairs of a place and a score")
        if not math.isfinite(score):
            raise BadReplyError("sent a score that is no number")
        scores[place] = float(score)
    if len(rows) != count or set(scores) != set(range(count)):
        raise BadReplyError(f"did not score {count} texts")
    return [scores[place] for place in range(count)]


def counted(told: object, most: int) -> int:
    """What a provider says it used; where it says nothing that can be, the most it can have."""
    value = cast(Any, told)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return most
    return math.ceil(value) if value >= 0 else most
