"""Which parts of a page lead elsewhere or surround it: menus, banners, footers."""

import re
from typing import Final

from rag.adapters.parsers.html.element import Element

_MENU_ROLES: Final = frozenset(
    ["navigation", "banner", "contentinfo", "search", "menu", "menubar", "dialog", "alertdialog"]
)
# Around the content, a menu; inside of it, a note, a heading, a form of the page itself.
_AROUND: Final = frozenset(("header", "footer", "aside"))
_TITLES: Final = ("h1", "h2")
_CONTENT: Final = frozenset(("main", "article"))
# Names that consent dialogs give themselves.
_CONSENT: Final = re.compile(r"cookie|consent|gdpr", re.IGNORECASE)
_CONSENT_CHARS: Final = 2_000
# A list whose text is links for the most part, and long, leads elsewhere.
_LINK_RATIO: Final = 0.8
_LINK_LIST_ITEMS: Final = 8


def is_menu(element: Element) -> bool:
    """Whether an element is none of the content of its page."""
    tag, role = str(element.tag), element.get("role") or ""
    if tag == "nav" or role in _MENU_ROLES:
        return True
    if tag == "button":
        return not _opens_something(element)
    if tag in _AROUND or role == "complementary":
        return not _is_in_content(element) and _surrounds(element)
    named = f"{element.get('id') or ''} {element.get('class') or ''}"
    return (
        tag in ("div", "section", "form")
        and bool(_CONSENT.search(named))
        and not _is_in_content(element)
        and len(str(element.text_content())) <= _CONSENT_CHARS
    )


def link_lists(page: Element) -> frozenset[Element]:
    """Long lists of links outside of `main` and `article`; not when they are most of the page."""
    found: set[Element] = set()
    whole = len("".join(page.text_content().split()))
    for element in page.iter("ul", "ol"):
        if _is_in_content(element) or any(
            above.tag == "table" for above in element.iterancestors()
        ):
            continue
        links = list(element.iter("a"))
        if len(links) < _LINK_LIST_ITEMS:
            continue
        length = len("".join(element.text_content().split()))
        linked = sum(len("".join(link.text_content().split())) for link in links)
        if linked > _LINK_RATIO * length and length * 2 < whole:
            found.add(element)
    return frozenset(found)


def _is_in_content(element: Element) -> bool:
    return any(
        above.tag in _CONTENT or above.get("role") in ("main", "article")
        for above in element.iterancestors()
    )


def _surrounds(element: Element) -> bool:
    """Whether the page marks its content, so that what stands beside it is something else."""
    if element.tag == "footer":
        return True
    if element.tag == "header" and next(element.iter(*_TITLES), None) is not None:
        return False
    return next(element.getroottree().getroot().iter(*_CONTENT), None) is not None


def _opens_something(button: Element) -> bool:
    """The title of a section that opens, as `<button>` in a heading."""
    if button.get("aria-expanded") is not None or button.get("aria-controls") is not None:
        return True
    above = button.getparent()
    return above is not None and above.tag in ("summary", "h1", "h2", "h3", "h4", "h5", "h6")
