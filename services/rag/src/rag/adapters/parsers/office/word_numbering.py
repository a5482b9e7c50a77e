"""The numbers that Word writes before headings and list items (ECMA-376, 17.9)."""

import re
from collections import defaultdict
from dataclasses import dataclass

from rag.adapters.parsers.office.package import Element
from rag.adapters.parsers.office.word_styles import W, value_of

_LEVELS = 9
_PLACE = re.compile(r"%([1-9])")
_ROMAN = (
    *((1_000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_MOST = 100_000  # a counter beyond that is no list's


@dataclass(frozen=True)
class _Level:
    """How one level of a list counts.

    Attributes:
        shape: `decimal`, `lowerLetter`, `bullet` and their like.
        pattern: `%1.%2` with the place of each level's number.
        start: its first number.
    """

    shape: str
    pattern: str
    start: int


class WordNumbering:
    """Counts along with the document: `label` is called once for each paragraph, in order."""

    def __init__(self, root: Element | None) -> None:
        self._lists: dict[str, tuple[str, dict[int, _Level]]] = {}
        if root is not None:
            self._read(root)
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)

    def label(self, list_id: str | None, level_id: str | None) -> str:
        """`2.1` or `(c)`; "" for bullets and for what is in no list."""
        level = int(level_id) if level_id is not None and level_id.isdecimal() else 0
        abstract_id, levels = self._lists.get(list_id or "", ("", {}))
        if level not in levels:
            return ""
        counts = self._counts[abstract_id]
        counts[level] = min(counts.get(level, levels[level].start - 1) + 1, _MOST)
        for deeper in [other for other in counts if other > level]:
            del counts[deeper]
        if levels[level].shape in ("bullet", "none"):
            return ""

        def number(match: re.Match[str]) -> str:
            at = int(match.group(1)) - 1
            if at not in levels:
                return ""
            return _written(counts.get(at, levels[at].start), levels[at].shape)

        return _PLACE.sub(number, levels[level].pattern)

    def _read(self, root: Element) -> None:
        abstract: dict[str, dict[int, _Level]] = {}
        for definition in root.iterfind(f"{W}abstractNum"):
            abstract[definition.get(f"{W}abstractNumId", "")] = _levels(definition)
        for item in root.iterfind(f"{W}num"):
            abstract_id = value_of(item, "abstractNumId") or ""
            levels = dict(abstract.get(abstract_id, {}))
            own = f"num {item.get(f'{W}numId')}" if item.find(f"{W}lvlOverride") is not None else ""
            for override in item.iterfind(f"{W}lvlOverride"):
                levels |= _levels(override)
                _restart(levels, override)
            self._lists[item.get(f"{W}numId", "")] = (own or abstract_id, levels)


def _levels(parent: Element) -> dict[int, _Level]:
    found: dict[int, _Level] = {}
    for level in parent.iterfind(f"{W}lvl"):
        number = level.get(f"{W}ilvl", "")
        if number.isdecimal() and int(number) < _LEVELS:
            found[int(number)] = _Level(
                shape=value_of(level, "numFmt") or "decimal",
                pattern=value_of(level, "lvlText") or "",
                start=_count(value_of(level, "start"), 1),
            )
    return found


def _restart(levels: dict[int, _Level], override: Element) -> None:
    number = _count(override.get(f"{W}ilvl"), 0)
    start = value_of(override, "startOverride")
    if start is not None and number in levels:
        before = levels[number]
        levels[number] = _Level(before.shape, before.pattern, _count(start, before.start))


def _count(text: str | None, default: int) -> int:
    return min(int(text), _MOST) if text is not None and text.isdecimal() else default


def _written(number: int, shape: str) -> str:
    match shape:
        case "lowerLetter" | "upperLetter" if number > 0:
            # After z comes aa, then bb (17.18.59).
            letters = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
            return letters.upper() if shape == "upperLetter" else letters
        case "lowerRoman" | "upperRoman" if number > 0:
            roman = _roman(number)
            return roman.upper() if shape == "upperRoman" else roman
        case "decimalZero":
            return f"{number:02d}"
        case _:
            return str(number)


def _roman(number: int) -> str:
    written = ""
    for value, letters in _ROMAN:
        times, number = divmod(number, value)
        written += letters * times
    return written
