"""Where a quote stands in the text that it was taken from."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from answering.text.spans import Span
from llm_router.domain.model_context.data_blocks import LESS_THAN

MOST_QUOTE_CHARS: Final = 1_000
_ALIKE: Final = (
    f"<{LESS_THAN}",
    "'\u2018\u2019",
    '"\u201c\u201d\u201e',
    "-\u2010\u2011\u2013\u2014",
)
"""What a model writes for another: quotes are compared as if they were one."""
_ANY_OF: Final = {char: f"[{re.escape(group)}]" for group in _ALIKE for char in group}
_CJK: Final = r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]"
_BLANKS_INSIDE_CJK: Final = re.compile(rf"(?<={_CJK})\s+(?={_CJK})")
_BETWEEN_CJK: Final = re.compile(rf"(?<={_CJK})(?={_CJK})")


def find_quote(quote: str, text: str) -> Span | None:
    """Characters of `text` that the quote is, word for word; runs of white space are one.

    Inside Chinese and Japanese, where a line break is no blank, white space does not count. A
    number is quoted whole or not at all.
    """
    quote = _BLANKS_INSIDE_CJK.sub("", quote[:MOST_QUOTE_CHARS]).strip()
    if not any(char.isalnum() for char in quote):
        return None
    words = (r"\s*".join(map(_literal, _BETWEEN_CJK.split(word))) for word in quote.split())
    before = r"(?<![0-9])(?<![0-9][.,])" if quote[0].isdecimal() else ""
    after = r"(?![.,]?[0-9])" if quote[-1].isdecimal() else ""
    found = re.search(before + r"\s+".join(words) + after, text)
    return found.span() if found else None


def _literal(part: str) -> str:
    return "".join(_ANY_OF.get(char, re.escape(char)) for char in part)


def exact_texts(quote: str, shown: str, texts: Iterable[str]) -> tuple[str, ...]:
    """The texts of a screen that a quote of its compact form is made of, in the quote's order.

    Args:
        quote: as the model has it.
        shown: the compact form that the model was given.
        texts: of the screen, each in one piece.

    Returns:
        A part of one text, or several whole ones; () where the compact form has no such quote.
    """
    known = [text for text in dict.fromkeys(texts) if text.strip()]
    for text in known:
        if span := find_quote(quote, text):
            return (text[span[0] : span[1]],)
    span = find_quote(quote, shown)
    return tuple(_texts_within(shown[span[0] : span[1]], known)) if span else ()


def _texts_within(quoted: str, texts: list[str]) -> Iterator[str]:
    found: list[tuple[int, str]] = []
    for text in sorted(texts, key=len, reverse=True):
        if span := find_quote(text, quoted):
            found.append((span[0], text))
            # Taken: a shorter text that is a part of this one is not meant.
            quoted = quoted[: span[0]] + "\0" * (span[1] - span[0]) + quoted[span[1] :]
    return (text for _, text in sorted(found))
