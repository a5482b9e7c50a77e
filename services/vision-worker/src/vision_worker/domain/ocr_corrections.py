"""Mistakes that the OCR model makes again and again, put right."""

import re
from typing import Final

WORD: Final = re.compile(r"[A-Za-z0-9]+")
LETTERS: Final = 4


def correct(text: str) -> str:
    """Zeros that are the letter O: ERR0R, CrashLoopBack0ff.

    The one mistake that PP-OCRv6 makes again and again on screens. A zero is taken for a letter
    when letters stand on both sides, the word has at least four letters and no other digit, and
    is no hexadecimal number. Everything else stays as it was read.
    """
    return WORD.sub(lambda word: _correct(word.group()), text)


def _correct(word: str) -> str:
    letters = re.sub(r"[0-9]", "", word)
    is_word = len(letters) >= LETTERS and not re.fullmatch(r"[0-9a-fA-F]+", word)
    if not is_word or re.search(r"[1-9]", word):
        return word
    o = "o" if letters.islower() else "O"
    return re.sub(r"(?<=[A-Za-z])0(?=[A-Za-z])", o, word)
