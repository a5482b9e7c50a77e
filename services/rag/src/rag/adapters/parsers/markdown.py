"""Text of a Markdown file as a reader sees it, with markdown-it-py."""

import re
from collections.abc import Sequence
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from rag.adapters.parsers.builder import TextBuilder
from rag.adapters.parsers.encoding import decode
from rag.adapters.parsers.html.page import add_html
from rag.domain.documents import Limits, ParsedDocument

_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


def read_markdown(path: Path, limits: Limits) -> ParsedDocument:
    """Text without pages and without marks: headings, paragraphs, list items, code, rows."""
    decoded = decode(path.read_bytes())
    builder = TextBuilder(limits, decoded.left_out)
    source = decoded.text.replace("\r\n", "\n")
    tokens = MarkdownIt("commonmark").enable("table").parse(_FRONT_MATTER.sub("", source))
    reading = _Reading(builder)
    for token in tokens:
        reading.take(token)
    return builder.finish()


class _Reading:
    """Where in the document the next token stands."""

    def __init__(self, builder: TextBuilder) -> None:
        self._builder = builder
        self._row: list[str] | None = None
        self._level = 0

    def take(self, token: Token) -> None:
        match token.type:
            case "heading_open":
                self._level = int(token.tag[1])
            case "heading_close":
                self._level = 0
            case "tr_open":
                self._row = []
            case "tr_close":
                self._builder.row(self._row or [])
                self._row = None
            case "inline":
                self._add(_plain(token.children or []))
            case "fence" | "code_block":
                self._builder.verbatim(token.content)
            case "html_block":
                add_html(self._builder, token.content, is_page=False)
            case _:
                pass

    def _add(self, text: str) -> None:
        if self._row is not None:
            self._row.append(text)
        elif self._level:
            self._builder.heading(text, self._level)
        else:
            self._builder.text(text)


def _plain(children: Sequence[Token]) -> str:
    """What is read: text of links and code, alternative text of pictures."""
    parts: list[str] = []
    for child in children:
        if child.type in ("text", "code_inline", "image"):
            parts.append(child.content)
        elif child.type == "softbreak":
            parts.append(" ")
        elif child.type == "hardbreak":
            parts.append("\n")
    return "".join(parts)
