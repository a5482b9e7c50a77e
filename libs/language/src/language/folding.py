"""Letters without their dress: width, case, accents."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_SAME_LENGTH: Final = re.compile(r"[^\x00-\x7f]")
_DASHES: Final = dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
_APOSTROPHES: Final = dict.fromkeys("\u2018\u2019\u02bc\u2032", "'")
_LIKE: Final = {**_DASHES, **_APOSTROPHES}
# Accents, but for the one that makes a letter of its own (й, ў), and signs that nobody sees.
_DRESS: Final = re.compile(r"(?<![\u0438\u0443])[\u0300-\u036f]+|[\xad\u200b-\u200f\u2060\ufeff]+")


def plain(text: str) -> str:
    """The text in plain width, digits, spaces, dashes and apostrophes; as long as before.

    Character for character, so that a place in it is the same place in the text.
    """
    return _SAME_LENGTH.sub(_plain_character, text)


def folded(word: str) -> str:
    """A word as it is compared: small letters without accents and invisible signs."""
    if word.isascii():
        return word.lower()
    return _folded(word)


def _plain_character(found: re.Match[str]) -> str:
    return _plain(found[0])


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    if "\ud800" <= character <= "\udfff":  # half of a character: no library takes it
        return "\ufffd"
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    character = _LIKE.get(character, character)
    normal = unicodedata.normalize("NFKC", character)
    return normal if len(normal) == 1 else character


@lru_cache(maxsize=16_384)
def _folded(word: str) -> str:
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", word).casefold())
    return unicodedata.normalize("NFC", _DRESS.sub("", apart))
