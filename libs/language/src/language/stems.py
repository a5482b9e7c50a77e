"""What is left of a word for a comparison."""

import re
from functools import lru_cache
from typing import Any, Final, cast

import Stemmer

from language.folding import folded
from language.stopwords import stop_words

HAN: Final = re.compile(r"[\u3005\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_HANGUL: Final = re.compile(r"[\uac00-\ud7a3]+")
_KANA: Final = re.compile(r"[\u3041-\u30ff]")
_OKURIGANA: Final = re.compile(r"(?<=[\u3005\u3400-\u9fff])[\u3041-\u309f]+$")
# What Unicode leaves inside a word: l'eau, node.js, a_b.
_INSIDE: Final = re.compile(r"['.:\u00b7_,;\s-]+")


@lru_cache(maxsize=32_768)
def word_terms(word: str, language: str) -> tuple[str, ...]:
    """What a word is compared by, in plain width; () for one that says nothing by itself."""
    stop = stop_words(language)
    if folded(word) in stop:
        return ()
    if HAN.fullmatch(word) or _HANGUL.fullmatch(word):
        return _pairs(folded(word))
    if _KANA.search(word):
        stem = _OKURIGANA.sub("", word)
        return (folded(stem),) if len(word) > 1 else ()
    parts = [folded(part) for part in _INSIDE.split(word)]
    return tuple(stemmed(part, language) for part in parts if part and part not in stop)


def _pairs(word: str) -> tuple[str, ...]:
    return tuple(word[at : at + 2] for at in range(max(1, len(word) - 1)))


def stemmed(word: str, language: str) -> str:
    """A folded word's stem; the word where Snowball has no stemmer for the language."""
    stemmer = _stemmer(language)
    return word if stemmer is None or word.isdecimal() else str(stemmer.stemWord(word)) or word


@lru_cache(maxsize=64)
def _stemmer(language: str) -> Any:
    """None for a language that Snowball has no stemmer for."""
    try:
        return cast(Any, Stemmer).Stemmer(language)
    except KeyError:
        return None
