"""What a page's own styles hide from whoever looks at it, by tinycss2 and cssselect2."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import cssselect2  # pyright: ignore[reportMissingTypeStubs]  # it has none
import tinycss2
import tinycss2.color4

from rag.adapters.parsers.html.element import Element

Declarations = dict[str, str]
Color = tuple[float, float, float, float]

_PROPERTIES: Final = frozenset(
    (
        *("display", "visibility", "opacity", "font-size", "color", "background"),
        *("background-color", "position", "left", "top", "right", "bottom", "text-indent"),
        *("clip", "clip-path", "transform", "width", "height", "max-height", "overflow"),
        *("margin-left", "margin-top"),
    )
)
_CLOSED: Final = frozenset(("display", "visibility", "height", "max-height"))
_CONTROLS: Final = ("aria-controls", "href", "data-target", "data-bs-target")
_OFF_SCREEN_PX: Final = 900
_UNREADABLE_PX: Final = 1.5
_UNSEEN_OPACITY: Final = 0.05
_SAME_COLOR: Final = 0.04
"""Of each of red, green and blue in [0, 1]; nobody tells two such colours apart."""
_LENGTH: Final = re.compile(r"(-?[\d.]+)(px|pt|em|rem|ex|ch|vw|vh|cm|mm|in|%|)\s*$")
_PIXELS: Final = {
    "": 1,
    "px": 1,
    "pt": 1.33,
    "em": 16,
    "rem": 16,
    "ex": 8,
    "ch": 8,
    "vw": 12,
    "vh": 8,
    "cm": 38,
    "mm": 3.8,
    "in": 96,
    "%": 10,
}
_NO_CLIP: Final = re.compile(r"rect\(\s*(\S+?)[\s,]+\1[\s,]+\1[\s,]+\1\s*\)|inset\(\s*(?:50|100)%")
_NO_SCALE: Final = re.compile(r"scale[xy]?\(\s*0(?:\.0+)?\s*[,)]")
_AWAY: Final = re.compile(r"translate[xy]?\(\s*-\d{3,}")
_BLACK: Final[Color] = (0.0, 0.0, 0.0, 1.0)
_WHITE: Final[Color] = (1.0, 1.0, 1.0, 1.0)
_css = cast(Any, tinycss2)


@dataclass(frozen=True)
class Look:
    """How text in an element looks; what is inherited.

    Attributes:
        gone: nothing inside can be seen.
        shown: `visibility`, which what is inside can take back.
        font_px: 0 where it cannot be read.
        background: None where it cannot be told: a picture, a style sheet that is not here.
    """

    gone: bool = False
    shown: bool = True
    font_px: float = 16
    color: Color | None = _BLACK
    background: Color | None = _WHITE

    @property
    def is_hidden(self) -> bool:
        return (
            self.gone
            or not self.shown
            or self.font_px < _UNREADABLE_PX
            or (self.color is not None and self.color[3] < _UNSEEN_OPACITY)
            or _same(self.color, self.background)
        )


class Styles:
    """The rules of a page's `<style>` elements, and what its elements say themselves."""

    def __init__(self, page: Element) -> None:
        self._matcher = cast(Any, cssselect2).Matcher()
        self._has_rules = False
        for element in page.iter("style"):
            self._add(_css.parse_stylesheet(element.text or "", True, True))
        self._declared: dict[Any, Declarations] = {}
        if self._has_rules:
            root = cast(Any, cssselect2).ElementWrapper.from_html_root(page)
            for wrapped in root.iter_subtree():
                found = self._of_rules(wrapped)
                if found:
                    self._declared[wrapped.etree_element] = found
        # A background may be said in a style sheet that is not in the file.
        linked = any("stylesheet" in (link.get("rel") or "").lower() for link in page.iter("link"))
        self.begin = Look(background=None if linked else _WHITE)
        self._opened = set(_opened(page))

    def look(self, element: Element, around: Look) -> Look:
        """How an element looks inside another."""
        own = {**_attributes(element), **self._declared.get(element, {})}
        if style := element.get("style"):
            said = _declarations(_css.parse_blocks_contents(style, True, True))
            own |= {name: value for name, value, _ in said}
        if own and self._can_be_opened(element):
            own = {name: value for name, value in own.items() if name not in _CLOSED}
        return _styled(own, around) if own else around

    def _can_be_opened(self, element: Element) -> bool:
        """A tab, a collapsed section: shown by a control that names it."""
        return (
            element.get("role") == "tabpanel"
            or element.get("hidden") == "until-found"
            or (element.get("id") or "") in self._opened
        )

    def _add(self, rules: list[Any]) -> None:
        for rule in rules:
            if rule.type == "at-rule" and rule.content is not None and _applies(rule):
                self._add(_css.parse_rule_list(rule.content, True, True))
            elif rule.type == "qualified-rule":
                self._add_rule(rule)

    def _add_rule(self, rule: Any) -> None:
        declared = list(_declarations(_css.parse_blocks_contents(rule.content, True, True)))
        if not declared:
            return
        try:
            selectors = cast(Any, cssselect2).compile_selector_list(rule.prelude)
        except cast(Any, cssselect2).SelectorError:
            return
        for selector in selectors:
            if selector.pseudo_element is None:
                self._matcher.add_selector(selector, declared)
                self._has_rules = True

    def _of_rules(self, wrapped: Any) -> Declarations:
        """In the order of the cascade: important last."""
        found: Declarations = {}
        late: Declarations = {}
        for *_, declared in sorted(self._matcher.match(wrapped), key=lambda match: match[:2]):
            for name, value, important in declared:
                (late if important else found)[name] = value
        return {**found, **late}


def _applies(rule: Any) -> bool:
    """Whether the rules in an at-rule hold on every screen."""
    said = _css.serialize(rule.prelude).strip().lower()
    name = rule.lower_at_keyword
    return name in ("layer", "supports") or (name == "media" and said in ("all", "screen"))


def _opened(page: Element) -> Iterator[str]:
    for element in page.iter("*"):
        for name in _CONTROLS:
            for target in (element.get(name) or "").split():
                if name == "aria-controls" or target.startswith("#"):
                    yield target.removeprefix("#")


def _declarations(items: list[Any]) -> Iterator[tuple[str, str, bool]]:
    for item in items:
        if item.type == "declaration" and item.lower_name in _PROPERTIES:
            yield item.lower_name, _css.serialize(item.value).strip().lower(), item.important


def _attributes(element: Element) -> Declarations:
    """What HTML says without CSS."""
    own: Declarations = {}
    if element.get("hidden") is not None:
        own["display"] = "none"
    if color := element.get("bgcolor"):
        own["background-color"] = color.lower()
    if element.get("background"):
        own["background"] = "url()"
    if element.tag == "font" and (color := element.get("color")):
        own["color"] = color.lower()
    return own


def _styled(own: Declarations, around: Look) -> Look:
    look = replace(
        around,
        gone=around.gone or _is_gone(own),
        shown=own.get("visibility", "visible" if around.shown else "hidden")
        not in ("hidden", "collapse"),
        font_px=_font_px(own.get("font-size", ""), around.font_px),
    )
    background = own.get("background-color", own.get("background"))
    if background is not None and (color := _color(background)) != (0, 0, 0, 0):
        look = replace(look, background=color)
    if "color" in own and own["color"] not in ("inherit", "currentcolor"):
        look = replace(look, color=_color(own["color"]))
    return look


def _is_gone(own: Declarations) -> bool:
    opacity = _pixels(own.get("opacity", "1"))
    clipped = own.get("clip", "") + own.get("clip-path", "")
    away = own.get("position") in ("absolute", "fixed", "relative")
    sides = ("left", "top", "right", "bottom") if away else ()
    offsets = (
        _pixels(own.get(side)) for side in (*sides, "text-indent", "margin-left", "margin-top")
    )
    sizes = (_pixels(own.get(name)) for name in ("width", "height", "max-height"))
    moved = own.get("transform", "")
    return (
        own.get("display") == "none"
        or (opacity is not None and opacity <= _UNSEEN_OPACITY)
        or any(offset is not None and offset <= -_OFF_SCREEN_PX for offset in offsets)
        or (
            own.get("overflow") in ("hidden", "clip")
            and any(size is not None and size <= 1 for size in sizes)
        )
        or bool(_NO_CLIP.search(clipped) or _NO_SCALE.search(moved) or _AWAY.search(moved))
    )


def _pixels(value: str | None) -> float | None:
    found = _LENGTH.match(value) if value else None
    try:
        return float(found[1]) * _PIXELS[found[2]] if found else None
    except ValueError:
        return None


def _font_px(value: str, around: float) -> float:
    found = _LENGTH.match(value)
    if not found:
        return around if value in ("", "inherit", "smaller", "larger") else 16
    try:
        size = float(found[1])
    except ValueError:
        return around
    if found[2] in ("em", "%"):
        return size * around / (100 if found[2] == "%" else 1)
    return size * _PIXELS[found[2]]


def _color(value: str) -> Color | None:
    """None where it cannot be told."""
    try:
        parsed = cast(Any, tinycss2.color4).parse_color(value)
        if parsed is None or parsed == "currentcolor":
            return None
        red, green, blue, alpha = parsed.to("srgb")
    except (ValueError, TypeError, NotImplementedError, AttributeError):
        return None
    return (float(red or 0), float(green or 0), float(blue or 0), float(alpha))


def _same(color: Color | None, background: Color | None) -> bool:
    if color is None or background is None:
        return False
    return all(abs(a - b) <= _SAME_COLOR for a, b in zip(color[:3], background[:3], strict=True))
