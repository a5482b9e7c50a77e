"""What of a sentence tells whether it asks: the order of its common words.

In meetings such features alone come close to those with prosody and a parser (Boakye, Favre,
Hakkani-Tür, "Any questions?", ASRU 2009; Margolis and Ostendorf, "Question detection in spoken
conversations", ACL 2011).
"""

import re
from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import Final

OTHER: Final = "_"
"""Any word that is not a common one: a name, or what the sentence is about."""
NUMBER: Final = "#"
BEGIN: Final = "^"
END: Final = "$"
LONGEST: Final = 4
"""Words in a row that are looked at together at either end of a sentence; inside it one less."""
LONGEST_SHAPE: Final = 5
MAX_WORDS: Final = 60
"""Of one sentence; in speech that nobody divided into sentences, the last so many."""

_HESITATION: Final = frozenset(
    ("uh", "um", "uhm", "er", "erm", "ehm", "eh", "hm", "hmm", "mm", "ah")
)
_CLITIC: Final = re.compile(r"(.+?)(n't|'(?:s|re|ve|ll|d|m))$")
_LENGTHS: Final = (1, 2, 3, 4, 6, 9, 14, 22, 35)


def tokens(said: list[str]) -> list[str]:
    """Without hesitation and stutter ("the the"); contractions in two: `what 's`, `do n't`."""
    found: list[str] = []
    for word in said:
        if word in _HESITATION:
            continue
        clitic = _CLITIC.fullmatch(word)
        found += clitic.groups() if clitic else (word,)
    return [word for before, word in pairwise(["", *found]) if word != before][-MAX_WORDS:]


def _classes(*table: tuple[str, str]) -> dict[str, str]:
    return {word: name for name, row in table for word in row.split()}


_CLOSED: Final = _classes(
    ("Q", "what which who whom whose where when why how"),
    (
        "A",
        "is are was were am do does did can could will would shall should has have had may might",
    ),
    ("S", "i you he she it we they there this that these those everything anything something"),
    ("D", "a an the my your our their his her its some any all both no"),
    ("C", "and but so or well okay ok yeah yes then because now also"),
    ("P", "in on at for to by from of with under about after before until"),
    ("N", "n't not"),
)
"""English word -> its closed class (universal part of speech, near enough): an order of classes is
the same for words that were never fitted."""


def features(found: list[str], common: Collection[str]) -> set[str]:
    """Of the `tokens` of one sentence: what stands at its ends, and all words in a row."""
    line = [BEGIN, *(_class(word, common) for word in found), END]
    shape = [BEGIN, *(_CLOSED.get(word, OTHER) for word in found), END]
    shapes = (f"~{row}" for row in _rows_of(shape, LONGEST_SHAPE))
    return {*_rows_of(line, LONGEST), *shapes, f"{len(_shorter(len(found)))} words"}


def _class(word: str, common: Collection[str]) -> str:
    if word in common:
        return word
    return NUMBER if word[0].isdigit() else OTHER


def _rows_of(line: list[str], longest: int) -> Iterator[str]:
    for length in range(1, longest):
        for at in range(len(line) - length + 1):
            yield " ".join(line[at : at + length])
    yield " ".join(line[: longest + 1])
    yield " ".join(line[:longest])
    yield " ".join(line[-longest:])


def _shorter(count: int) -> list[int]:
    return [limit for limit in _LENGTHS if limit < count]
