"""Words, and which of them carry meaning: what two texts have in common. Needs no punctuation.

Endings and empty words are those of English. Words of another language in Latin letters are
compared whole; text in other letters has no words.
"""

import re
from typing import Final

APOSTROPHE: Final = "\N{RIGHT SINGLE QUOTATION MARK}"
_WORD: Final = re.compile(r"[a-z0-9]+(?:['\u2019.:/_-][a-z0-9]+)*|[$€£%]", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\d[\d.,]*")
_CODE_PARTS: Final = re.compile(r"[-_./:]")

_STOP_TEXT: Final = """
a an the this that these those there here it its they them their he she his her we us our i me
my you your is are was were be been being am do does did done doing have has had having will
would can could shall should may might must of in on at to from for with by about as into onto
over under after before between through during out off up down and or but not no nor so if then
than too very just also only own same both each few more most other some such any all what which
who whom whose when where why how much many often long far kind sort say says said tell please
parley hey ok okay know want need get got give let see show shows shown now currently right
actually really exactly
"""
STOP: Final = frozenset(_STOP_TEXT.split())


def words(text: str) -> list[str]:
    """Lower case, in order; codes such as `PAY-402` stay whole."""
    return [match.group().lower().replace(APOSTROPHE, "'") for match in _WORD.finditer(text)]


# Below these lengths an ending is part of the word.
_ROOT: Final = 3
_LONG: Final = 4


def stem(word: str) -> str:
    """A cheap common root: plural, -ing, -ed and -ly fall away, -es after x or sh from any word."""
    if any(letter.isdigit() for letter in word):
        return word
    word = word.removesuffix("'s")
    for ending, instead in (("ies", "y"), ("ying", "y"), ("ing", ""), ("ied", "y"), ("ed", "")):
        if word.endswith(ending) and len(word) - len(ending) >= _ROOT:
            return _undouble(word[: -len(ending)] + instead)
    for ending in ("sses", "ches", "shes", "xes"):
        if word.endswith(ending):
            return word[:-2]
    if word.endswith("s") and not word.endswith("ss") and len(word) > _ROOT:
        word = word[:-1]
    if word.endswith("ly") and len(word) > _LONG + 1:
        word = word[:-2]
    return word.removesuffix("e") if len(word) > _LONG else word


def _undouble(word: str) -> str:
    if len(word) > _ROOT and word[-1] == word[-2] and word[-1] not in "ls":
        return word[:-1]
    return word.removesuffix("e") if len(word) > _LONG else word


def content(text: str) -> list[str]:
    """Stems of the words that mean something, in order, with repeats; codes also in parts."""
    found: list[str] = []
    for whole in words(text):
        word = whole.removesuffix("'s")
        if word in STOP:
            continue
        found.append(stem(word))
        parts = _CODE_PARTS.split(word)
        if len(parts) > 1:
            found.extend(stem(part) for part in parts if part and part not in STOP)
    return found


def numbers(text: str) -> frozenset[str]:
    """The numbers in a text, as written but for thousands separators and trailing dots."""
    return frozenset(
        match.group().rstrip(".,").replace(",", "") for match in _NUMBER.finditer(text)
    )
