"""The words of a text, as they are compared: neither capitals nor punctuation count."""

import re
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def words(text: str) -> list[str]:
    """In order, in any script; a typographic apostrophe is a plain one."""
    return _WORD.findall(text.lower().replace("\u2019", "'"))


def word_set(text: str) -> frozenset[str]:
    """A table of words, written as one text."""
    return frozenset(text.split())
