"""Where paragraphs, rows and sentences of a document's text begin and end. Knows Markdown."""

import re
from collections.abc import Iterator
from typing import Final

from language.sentences import sentences as split_sentences

TITLE_CHARS: Final = 60
"""A longer line without an end is wrapped prose."""

Span = tuple[int, int]
"""Characters into the text, the end exclusive."""

LIST_MARK: Final = re.compile(
    r"^\s*(?:>+\s*)*(?:(?:[-*+•▪◦·\u2013]|\d{1,3}[.)])\s+)?(?:\[[ xX]\]\s+)?"
)
HEADING_MARK: Final = re.compile(r"^\s*#{1,6}\s+")
_RULE: Final = re.compile(r"^[\s|:=_*+~.-]*$")
CODE_FENCE: Final = re.compile(r"^\s*(?:```|~~~)")
_IMAGE: Final = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_LINK: Final = re.compile(r"\[([^\]]+)\]\((?:[^()\s]|\([^)]*\))*(?:\s+\"[^\"]*\")?\)")
_TAG: Final = re.compile(r"</?[a-zA-Z][^>\n]{0,200}>|<!--.*?-->", re.DOTALL)
_MARKS: Final = re.compile(r"\*\*|__|`+|~~|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)")
_ENTITY: Final = {
    "&nbsp;": " ",
    "&amp;": "&",
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&#39;": "'",
}


def plain_text(text: str) -> str:
    """Text without markup, on one line."""
    text = _TAG.sub(" ", _LINK.sub(r"\1", _IMAGE.sub(r"\1", text)))
    for entity, plain in _ENTITY.items():
        text = text.replace(entity, plain)
    return " ".join(_MARKS.sub("", text).split())


def blocks(text: str) -> Iterator[Span]:
    """Spans of paragraphs, list items, rows and headings; wrapped prose stays together."""
    at, open_from, open_to, fenced = 0, -1, -1, False
    for line in text.splitlines(keepends=True):
        start, end = at, at + len(line.rstrip("\r\n"))
        at += len(line)
        bare = text[start:end]
        fence = bool(CODE_FENCE.match(bare))
        fenced ^= fence
        alone = (
            fence
            or not bare.strip()
            or bool(_RULE.match(bare))
            or is_row(bare)
            or bool(HEADING_MARK.match(bare))
            or fenced
        )
        begins_item = bool(LIST_MARK.match(bare) and LIST_MARK.match(bare).group().strip())  # type: ignore[union-attr]
        if open_from >= 0 and (alone or begins_item or _ended(text[open_from:open_to], bare)):
            yield open_from, open_to
            open_from = -1
        if not alone:
            open_from, open_to = (start if open_from < 0 else open_from), end
        elif bare.strip() and not fence and not _RULE.match(bare):
            yield start, end
    if open_from >= 0:
        yield open_from, open_to


def _ended(so_far: str, following: str) -> bool:
    """Whether a line break ends a block: short titles do, wrapped prose does not."""
    last = so_far.rsplit("\n", 1)[-1].rstrip()
    if last[-1:] in ".!?:;":
        return len(last) < TITLE_CHARS or following[:1].isupper()
    return len(last) < TITLE_CHARS and following.strip()[:1].isupper()


def sentences(text: str, start: int, end: int) -> Iterator[Span]:
    """Spans of the sentences of one block, without a list's mark."""
    begin = start + len(LIST_MARK.match(text[start:end]).group())  # type: ignore[union-attr]
    for first, last in split_sentences(text[begin:end]):
        yield begin + first, begin + last


def is_row(line: str) -> bool:
    """Whether a line is a row of a table."""
    if _RULE.match(line):
        return False
    return line.count("|") > 1 or " | " in line or line.strip().count("\t") >= 1


def cells_of(line: str) -> list[str]:
    """The cells of a row, as plain text."""
    inner = line.strip().strip("|")
    return [plain_text(cell) for cell in re.split(r"\||\t+", inner)]
