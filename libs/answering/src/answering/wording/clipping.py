"""Cuts text to what can be read aloud: whole sentences, not too many."""

import re
from typing import Final

from contracts.conversation import MAX_ANSWER_CHARS

_END: Final = re.compile(r"[.!?][\"'\u201d\u2019)\]]*(?=\s|$)|[\u3002\uff01\uff1f]")


def as_sentence(text: str) -> str:
    """With a capital first letter and an end."""
    text = text.strip().rstrip(",;\N{EN DASH}-").strip()
    if not text:
        return ""
    if not _END.search(text[-3:]) and not text.endswith(":"):
        text += "."
    return text[0].upper() + text[1:] if text[0].islower() and text.split()[0].isalpha() else text


def clip(text: str, limit: int = MAX_ANSWER_CHARS) -> str:
    """At most `limit` characters, cut after a sentence where one ends, else after a word."""
    if len(text) <= limit:
        return text
    ends = [match.end() for match in _END.finditer(text, 0, limit)]
    if ends and ends[-1] >= limit // 3:
        return text[: ends[-1]]
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
