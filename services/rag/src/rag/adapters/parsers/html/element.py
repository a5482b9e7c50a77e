"""The tree of an HTML page, by lxml, which has no types."""

from collections.abc import Iterator
from typing import Any, Protocol, cast

import lxml.html  # pyright: ignore[reportMissingTypeStubs]  # it has none
from lxml.etree import ParserError  # pyright: ignore[reportUnknownVariableType]  # no stubs

from rag.adapters.parsers.builder import RejectedFileError
from rag.domain.documents import TOO_DEEP


class Element(Protocol):
    """What is used of `lxml.html.HtmlElement`. Comments are elements whose tag is no `str`."""

    tag: Any
    text: str | None
    tail: str | None
    sourceline: int | None

    def __iter__(self) -> Iterator["Element"]: ...
    def get(self, name: str) -> str | None: ...
    def getparent(self) -> "Element | None": ...
    def getroottree(self) -> Any: ...
    def iter(self, *tags: str) -> Iterator["Element"]: ...
    def iterancestors(self) -> Iterator["Element"]: ...
    def iterchildren(self, *tags: str) -> Iterator["Element"]: ...
    def text_content(self) -> str: ...


def tree_of(source: str) -> Element | None:
    """The root of a page or of a piece of one; None where there is no element at all.

    Raises:
        RejectedFileError: nested too deep.
    """
    # With `huge_tree` 2,048 deep instead of 256; what is nested deeper is lost.
    parser = cast(Any, lxml.html).HTMLParser(encoding="utf-8", huge_tree=True)
    content = source.replace("\0", "").encode("utf-8", "replace")
    try:
        page = cast(Any, lxml.html).document_fromstring(content, parser=parser)
    except cast(type[Exception], ParserError):
        return None
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise RejectedFileError(TOO_DEEP)
    return cast(Element, page)


def title_of(page: Element) -> str:
    """The page's own title, for pages whose text has none."""
    title = next(page.iter("title"), None)
    has_own = next(page.iter("h1"), None) is not None
    return "" if title is None or has_own else title.text_content().strip()
