"""What a Word document's styles say of its paragraphs and runs."""

import re
from collections.abc import Iterator
from typing import Final

from rag.adapters.parsers.office.package import Element

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING = re.compile(r"^heading (\d)$", re.IGNORECASE)
_CONTENTS = re.compile(r"^toc \d$", re.IGNORECASE)
_OFF = frozenset({"0", "false", "off"})
_DEEPEST_BASE = 20  # styles built on styles; more is a circle
_BODY_LEVEL = 9  # outline level of text that is no heading (17.3.1.20)


def is_on(parent: Element | None, *path: str) -> bool | None:
    """An on/off property below `parent`; None where nothing is said."""
    found = None if parent is None else parent.find("/".join(f"{W}{name}" for name in path))
    return None if found is None else found.get(f"{W}val", "1").lower() not in _OFF


def value_of(parent: Element | None, *path: str) -> str | None:
    """The `w:val` of a property below `parent`."""
    found = None if parent is None else parent.find("/".join(f"{W}{name}" for name in path))
    return None if found is None else found.get(f"{W}val")


class WordStyles:
    """Styles by their id; what a style does not say, the one that it is based on says."""

    def __init__(self, root: Element | None) -> None:
        self._by_id: dict[str, Element] = {}
        self.default = ""  # of paragraphs that name no style
        for style in () if root is None else root.iterfind(f"{W}style"):
            style_id = style.get(f"{W}styleId", "")
            self._by_id[style_id] = style
            is_default = style.get(f"{W}default", "0").lower() not in _OFF
            if is_default and style.get(f"{W}type") == "paragraph":
                self.default = style_id
        self._levels: dict[str, int] = {}
        self._hidden: dict[str, bool] = {}

    def heading_level(self, style_id: str) -> int:
        """From 1; 0 for a style that is no heading's."""
        if style_id not in self._levels:
            self._levels[style_id] = self._level(style_id)
        return self._levels[style_id]

    def is_hidden(self, style_id: str) -> bool:
        if style_id not in self._hidden:
            said = (is_on(style, "rPr", "vanish") for style in self._chain(style_id))
            self._hidden[style_id] = next((value for value in said if value is not None), False)
        return self._hidden[style_id]

    def is_contents(self, style_id: str) -> bool:
        """Whether its paragraphs are a table of contents: they repeat the headings."""
        return bool(_CONTENTS.match(self._name(self._by_id.get(style_id))))

    def numbering(self, style_id: str) -> tuple[str | None, str | None]:
        """Ids of the list and the level that the style stands in."""
        for style in self._chain(style_id):
            number = value_of(style, "pPr", "numPr", "numId")
            if number is not None:
                return number, value_of(style, "pPr", "numPr", "ilvl")
        return None, None

    def _level(self, style_id: str) -> int:
        for style in self._chain(style_id):
            name = self._name(style)
            if name.lower() == "title":
                return 1
            if match := _HEADING.match(name):
                return int(match.group(1))
            if (outline := value_of(style, "pPr", "outlineLvl")) is not None:
                return level_of(outline)
        return 0

    def _name(self, style: Element | None) -> str:
        return value_of(style, "name") or ""

    def _chain(self, style_id: str) -> Iterator[Element]:
        for _ in range(_DEEPEST_BASE):
            style = self._by_id.get(style_id)
            if style is None:
                return
            yield style
            style_id = value_of(style, "basedOn") or ""


def level_of(outline: str) -> int:
    """A heading's level from 1 of an outline level from 0; 0 for the body."""
    return int(outline) + 1 if outline.isdecimal() and int(outline) < _BODY_LEVEL else 0
