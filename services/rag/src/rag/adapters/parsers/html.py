"""The article of an HTML page, with BeautifulSoup over lxml."""

import re
from pathlib import Path

from bs4 import BeautifulSoup
from bs4.element import Comment, NavigableString, PageElement, Tag

from rag.adapters.parsers.builder import TextBuilder, one_line
from rag.adapters.parsers.sniffing import decode
from rag.domain.documents import Limits, ParsedDocument

_NO_TEXT = (
    *("script", "style", "noscript", "template", "svg", "math", "canvas", "iframe", "object"),
    *("form", "button", "select", "input", "textarea", "nav", "footer", "aside", "dialog"),
)
_NO_ROLES = {"navigation", "banner", "contentinfo", "search", "complementary", "dialog", "menu"}
_BLOCKS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "section", "article", "main", "header"),
    *("ul", "ol", "li", "dl", "dt", "dd", "blockquote", "figure", "figcaption", "address"),
    *("details", "summary", "table", "tr", "pre", "hr", "br", "body", "fieldset", "center"),
}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
# `main` or `article` counts as the article when it holds this share of the page's text.
_ARTICLE_RATIO = 0.3
# A list whose text is links for the most part, and long, is navigation, not content.
_LINK_RATIO = 0.8
_LINK_LIST_ITEMS = 8
_SPACE_BEFORE = re.compile(r"\s+([,.;:)\]])")


def read_html(path: Path, limits: Limits) -> ParsedDocument:
    """Text without pages: title, headings, paragraphs, rows; no navigation, scripts or forms."""
    builder = TextBuilder(limits)
    add_html(builder, decode(path.read_bytes()))
    return builder.finish()


def add_html(builder: TextBuilder, source: str) -> None:
    """Add what a page, or a piece of one, says."""
    soup = BeautifulSoup(source, "lxml")
    title = soup.title.get_text() if soup.title is not None else ""
    _drop(soup)
    article = _article(soup)
    if article is None:
        return
    if title.strip() and article.find("h1") is None:
        builder.heading(title, 1)
    _walk(builder, article)


def _drop(soup: BeautifulSoup) -> None:
    for tag in soup.find_all(_NO_TEXT):
        tag.decompose()
    for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    for tag in soup.find_all(True):
        if tag.decomposed:
            continue
        style = str(tag.get("style") or "").replace(" ", "").lower()
        hidden = (
            tag.has_attr("hidden") or tag.get("aria-hidden") == "true" or "display:none" in style
        )
        if hidden or tag.get("role") in _NO_ROLES:
            tag.decompose()
    for tag in soup.find_all(["ul", "ol"]):
        if not tag.decomposed and tag.find_parent("table") is None and _is_navigation(tag):
            tag.decompose()


def _is_navigation(tag: Tag) -> bool:
    links = tag.find_all("a")
    if len(links) < _LINK_LIST_ITEMS:
        return False
    linked = sum(len(link.get_text(strip=True)) for link in links)
    return linked > _LINK_RATIO * len(tag.get_text(strip=True))


def _article(soup: BeautifulSoup) -> Tag | None:
    body = soup.body or soup
    whole = len(body.get_text(strip=True))
    found = [
        *soup.find_all("main"),
        *soup.find_all(role="main"),
        *soup.find_all("article"),
    ]
    for tag in found:
        if len(tag.get_text(strip=True)) >= _ARTICLE_RATIO * whole:
            return tag
    return body


def _walk(builder: TextBuilder, root: Tag) -> None:
    """Block elements become blocks; text between them is gathered.

    An own stack instead of recursion: a hostile page nests deeper than Python may.
    """
    inline: list[str] = []

    def flush() -> None:
        builder.text(one_line("".join(inline)))
        inline.clear()

    stack: list[PageElement | None] = [root]
    while stack:
        node = stack.pop()
        if node is None:  # the end of a block
            flush()
        elif isinstance(node, NavigableString):
            inline.append(str(node))
        elif not isinstance(node, Tag):
            continue
        elif node.name not in _BLOCKS:
            stack.extend(reversed(node.contents))
        else:
            flush()
            if not _add_whole(builder, node):
                stack.append(None)
                stack.extend(reversed(node.contents))
    flush()


def _cell(tag: Tag) -> str:
    """Pieces apart, so that list items do not run together; no space before a comma."""
    return _SPACE_BEFORE.sub(r"\1", tag.get_text(" "))


def _add_whole(builder: TextBuilder, tag: Tag) -> bool:
    """Elements that are one block by themselves."""
    if tag.name in _HEADINGS:
        builder.heading(tag.get_text(" "), int(tag.name[1]))
    elif tag.name == "pre":
        builder.verbatim(tag.get_text())
    elif tag.name == "tr" and tag.find("table") is None:
        builder.row([_cell(cell) for cell in tag.find_all(["td", "th"])])
    else:
        return False
    return True
