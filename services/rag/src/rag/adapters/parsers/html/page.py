"""What a reader of an HTML page sees, but for its menus: everything stays that is not one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rag.adapters.parsers.builder import TextBuilder, one_line
from rag.adapters.parsers.encoding import decode
from rag.adapters.parsers.html.element import Element, title_of, tree_of
from rag.adapters.parsers.html.menus import is_menu, link_lists
from rag.adapters.parsers.html.styles import Look, Styles
from rag.domain.documents import Limits, ParsedDocument

_NO_TEXT: Final = frozenset(
    (
        *("script", "style", "head", "title", "meta", "link", "canvas", "iframe", "object"),
        *("embed", "audio", "video", "map", "datalist", "select", "input", "textarea"),
        *("desc", "metadata", "annotation", "annotation-xml"),
    )
)
_BLOCKS: Final = frozenset(
    (
        *("h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "section", "article", "main"),
        *("header", "footer", "aside", "ul", "ol", "li", "dl", "dt", "dd", "form"),
        *("blockquote", "figure", "figcaption", "address", "details", "summary", "table"),
        *("caption", "tr", "pre", "hr", "body", "fieldset", "legend", "center", "dialog"),
        *("noscript", "svg"),
    )
)
_APART: Final = _BLOCKS | {"td", "th"}
_HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_LAYOUT: Final = ("h1", "h2", "h3", "h4", "h5", "h6", "article", "section", "main", "form", "nav")
_INNER_CHARS: Final = 500
"""Of a table inside a cell; longer ones are tables of their own."""
_BREAK: Final = "\x00"


def read_html(path: Path, limits: Limits) -> ParsedDocument:
    """Text without pages: title, headings, paragraphs, rows; hidden text is left out and said."""
    decoded = decode(path.read_bytes())
    builder = TextBuilder(limits, decoded.left_out)
    add_html(builder, decoded.text)
    return builder.finish()


def add_html(builder: TextBuilder, source: str, *, is_page: bool = True) -> None:
    """Add what a page, or a piece of one that stands in a text, says."""
    page = tree_of(source)
    if page is None:
        return
    reading = _Reading(builder, page, is_page=is_page)
    builder.heading(title_of(page), 1)
    reading.read()


class _Reading:
    """Block elements become blocks; text between them is gathered.

    An own stack instead of recursion: a hostile page nests deeper than Python may.
    """

    def __init__(self, builder: TextBuilder, page: Element, *, is_page: bool) -> None:
        self._builder = builder
        self._page = page
        self._styles = Styles(page)
        self._links = link_lists(page) if is_page else frozenset[Element]()
        self._is_page = is_page
        self._inline: list[str] = []
        self._hidden = 0
        self._first_hidden = 0

    def read(self) -> None:
        """Everything, in the order of the page."""
        stack: list[tuple[Element, Look] | str | None] = [(self._page, self._styles.begin)]
        while stack:
            item = stack.pop()
            if item is None:
                self._flush()
            elif isinstance(item, str):
                self._inline.append(item)
            else:
                stack.extend(reversed(list(self._steps(*item))))
        self._flush()
        if self._hidden:
            where = f"{self._hidden} places, the first in line {self._first_hidden}"
            self._builder.leave_out("hidden_text", where)

    def _steps(self, element: Element, around: Look) -> Iterator[tuple[Element, Look] | str | None]:
        """What is left to read of one element: text, its children, and None where a block ends."""
        look = self._styles.look(element, around)
        is_block = element.tag in _BLOCKS
        if self._is_left_out(element, look):
            return
        if is_block:
            if element.tag != "dd" or not self._inline:  # a term stands before what it means
                self._flush()
            if self._add_whole(element, look):
                return
        elif element.tag == "br":
            yield _BREAK
        yield from self._inside(element, look)
        if is_block:
            yield None

    def _inside(self, element: Element, look: Look) -> Iterator[tuple[Element, Look] | str]:
        yield from self._text(element, element.text, look)
        for child in element:
            if isinstance(child.tag, str):
                yield (child, look)
            yield from self._text(element, child.tail, look)

    def _text(self, element: Element, text: str | None, look: Look) -> Iterator[str]:
        if not text:
            return
        if not look.is_hidden:
            yield text
        elif text.strip():
            self._say_hidden(element)

    def _is_left_out(self, element: Element, look: Look) -> bool:
        tag = str(element.tag)
        if tag in _NO_TEXT or (self._is_page and is_menu(element)) or element in self._links:
            return True
        unseen = look.gone or (tag == "template" and element.get("shadowrootmode") is None)
        if unseen and "".join(_all_text(element)).strip():
            self._say_hidden(element)
        return unseen

    def _say_hidden(self, element: Element) -> None:
        self._hidden += 1
        self._first_hidden = self._first_hidden or element.sourceline or 1

    def _add_whole(self, element: Element, look: Look) -> bool:
        """Elements that are one block by themselves."""
        if element.tag in _HEADINGS:
            self._builder.heading(self._seen(element, look, " "), int(str(element.tag)[1]))
        elif element.tag == "pre":
            self._builder.verbatim(self._seen(element, look, ""))
        elif element.tag == "dt":
            self._inline.append(one_line(self._seen(element, look, " ")) + ": ")
        elif element.tag == "tr" and _is_row(element):
            self._builder.row(
                [self._seen(cell, look, " ") for cell in element.iterchildren("td", "th")]
            )
        else:
            return False
        return True

    def _seen(self, element: Element, around: Look, between: str) -> str:
        """The text in an element that is not hidden, its pieces apart."""
        parts: list[str] = []
        stack: list[tuple[Element, Look] | str] = [(element, around)]
        while stack:
            item = stack.pop()
            if isinstance(item, str):
                parts.append(item)
                continue
            node, look = item[0], self._styles.look(item[0], item[1])
            if self._is_left_out(node, look):
                continue
            apart = "\n" if node.tag in ("br", "tr") else between if node.tag in _APART else ""
            stack.append(apart)
            stack.extend(reversed(list(self._inside(node, look))))
            stack.append(apart)
        return "".join(parts)

    def _flush(self) -> None:
        text = "".join(self._inline).strip()
        self._inline.clear()
        for paragraph in text.split(_BREAK * 2):
            lines = [one_line(line) for line in paragraph.split(_BREAK)]
            self._builder.text("\n".join(lines))


def _is_row(row: Element) -> bool:
    """Whether a `tr` is data, not a frame for a part of the page."""
    if next(row.iter(*_LAYOUT), None) is not None:
        return False
    return all(len(str(table.text_content())) <= _INNER_CHARS for table in row.iter("table"))


def _all_text(element: Element) -> Iterator[str]:
    for node in element.iter("*"):
        if node.tag not in _NO_TEXT:
            yield node.text or ""
            for child in node:
                yield child.tail or ""
