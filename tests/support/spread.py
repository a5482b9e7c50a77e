"""Telling two spreads of times apart, whatever else the machine does meanwhile."""

from collections.abc import Sequence


def chance_of_longer(first: Sequence[float], second: Sequence[float]) -> float:
    """How often one of `first` is longer than one of `second`: 0.5 when they cannot be told apart.

    Mann and Whitney's U, divided by the number of pairs. Of n times each that are spread alike, its
    standard deviation is sqrt((2 n + 1) / 12) / n: 0.033 for 150.
    """
    pairs = len(first) * len(second)
    longer = sum((a > b) + (a == b) / 2 for a in first for b in second)
    return longer / pairs
