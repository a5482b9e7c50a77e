"""A text file: its own characters, paragraphs between blank lines."""

import re
from pathlib import Path

from rag.adapters.parsers.builder import RejectedFileError, clean
from rag.adapters.parsers.encoding import decode
from rag.domain.documents import EMPTY, Block, Limits, ParsedDocument, too_much_text

_PARAGRAPH = re.compile(r"\S[^\n]*(?:\n[^\S\n]*\S[^\n]*)*")


def read_plain(path: Path, limits: Limits) -> ParsedDocument:
    """Text as it stands; only line ends and control characters are normalised."""
    decoded = decode(path.read_bytes())
    text = clean(decoded.text)
    if len(text) > limits.chars:
        raise RejectedFileError(too_much_text(limits.chars))
    blocks = tuple(Block(match.start(), match.end()) for match in _PARAGRAPH.finditer(text))
    if not blocks:
        raise RejectedFileError(EMPTY)
    return ParsedDocument(text, blocks, left_out=decoded.left_out)
