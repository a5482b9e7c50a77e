"""How much of one word stands in another, for languages that write several words as one."""

from typing import Final

GRAM: Final = 3
MIN_CHARS: Final = 4
"""A shorter word stands in many others by chance."""


def part_of(term: str, other: str) -> float:
    """Share of the shorter term's runs of three characters that the longer one holds, 0 to 1.

    1 for `versand` and `versandkost`; 0 where one of them is short or has a figure, and they are
    not the same. A library that splits compounds would know that `port` is no part of `transport`:
    see docs/decisions/0021-any-language.md for why there is none.
    """
    if term == other:
        return 1.0
    shorter, longer = sorted((term, other), key=len)
    if len(shorter) < MIN_CHARS or not (shorter.isalpha() and longer.isalpha()):
        return 0.0
    grams = {shorter[at : at + GRAM] for at in range(len(shorter) - GRAM + 1)}
    return sum(gram in longer for gram in grams) / len(grams)
