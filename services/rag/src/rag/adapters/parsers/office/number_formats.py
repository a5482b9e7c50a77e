"""A cell's value as its workbook shows it (number formats, ECMA-376, part 1, 18.8.30)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final, cast

import xlfmt  # pyright: ignore[reportMissingTypeStubs] - typed in part, without a mark

_format_value = cast(
    Callable[[object, str, bool], str],
    xlfmt.format_value,  # pyright: ignore[reportUnknownMemberType] - its arguments are untyped
)
Value = str | bool | int | float | datetime | date | time | None

GENERAL: Final = "General"
_ACCOUNTING: Final = r'_(* #,##0_);_(* \(#,##0\);_(* "-"_);_(@_)'
_MONEY: Final = _ACCOUNTING.replace("_(*", '_("$"*')
# Those that a workbook refers to by number alone (18.8.30).
BUILT_IN: Final = {
    "1": "0",
    "2": "0.00",
    "3": "#,##0",
    "4": "#,##0.00",
    "5": '"$"#,##0_);("$"#,##0)',
    "6": '"$"#,##0_);[Red]("$"#,##0)',
    "7": '"$"#,##0.00_);("$"#,##0.00)',
    "8": '"$"#,##0.00_);[Red]("$"#,##0.00)',
    "9": "0%",
    "10": "0.00%",
    "11": "0.00E+00",
    "12": "# ?/?",
    "13": "# ??/??",
    # 14 and 22 have no looks of their own, they are the reader's: these are plain to all.
    "14": "yyyy-mm-dd",
    "22": "yyyy-mm-dd hh:mm",
    "15": "d-mmm-yy",
    "16": "d-mmm",
    "17": "mmm-yy",
    "18": "h:mm AM/PM",
    "19": "h:mm:ss AM/PM",
    "20": "h:mm",
    "21": "h:mm:ss",
    "37": "#,##0_);(#,##0)",
    "38": "#,##0_);[Red](#,##0)",
    "39": "#,##0.00_);(#,##0.00)",
    "40": "#,##0.00_);[Red](#,##0.00)",
    "41": _ACCOUNTING,
    "42": _MONEY,
    "43": _ACCOUNTING.replace("##0", "##0.00"),
    "44": _MONEY.replace("##0", "##0.00"),
    "45": "mm:ss",
    "46": "[h]:mm:ss",
    "47": "mm:ss.0",
    "48": "##0.0E+0",
    "49": "@",
}
_LONGEST: Final = 255  # characters of a format; Excel takes no more
_CACHED: Final = 50_000
# Quoted and escaped text as it is; a country without a currency, for which xlfmt 0.1.0 prints a
# dollar; a dot between the parts of a date, which it takes for that of split seconds.
_TO_MEND: Final = re.compile(r'"[^"]*"|\\.|(?P<country>\[\$-[^\]]*\])|(?<=[dmyDMY])(?P<dot>\.)')

# Most figures of most workbooks: `#,##0.00 "EUR"`, `0.0%`, `00000`. xlfmt takes each format apart
# anew for each value, which is ten times as slow; both say the same (test_number_formats.py).
_LITERAL: Final = r'(?:"[^"]*"|\\[^\\]|\[\$[^\]-]+(?:-[^\]]*)?\]|[ $€£¥])*'
_FIGURE: Final = re.compile(
    rf"(?P<before>{_LITERAL})(?P<digits>#,##0|0+)(?P<places>\.0+)?(?P<percent>%?)(?P<after>{_LITERAL})"
)
_MARKS: Final = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]+)[^\]]*\]')


def shown(value: Value, number_format: str, *, is_1904: bool = False) -> str:
    """As shown, figures in English notation; as it is stored where its format cannot be read."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str() if number_format in (GENERAL, "@") or len(value) > _LONGEST:
            return value
        case _:
            return _formatted(value, number_format, is_1904)


@lru_cache(maxsize=_CACHED, typed=True)
def _formatted(
    value: str | float | datetime | date | time, number_format: str, is_1904: bool
) -> str:
    if number_format == GENERAL or len(number_format) > _LONGEST:
        return _plain(value)
    try:
        figure = _figure_format(number_format)
        if figure is not None and isinstance(value, int | float):
            return figure.of(value)
        return str(_format_value(value, _mended(number_format), is_1904)).strip()
    except (ValueError, TypeError, ArithmeticError, LookupError):
        return _plain(value)


@dataclass(frozen=True)
class FigureFormat:
    """A format of one number without conditions, taken apart."""

    before: str
    after: str
    spec: str
    places: int
    is_percent: bool

    def of(self, value: float) -> str:
        """Rounded half up, as Excel does, from the digits that the file holds.

        Raises:
            ArithmeticError: more digits than a number has.
        """
        exact = Decimal(repr(value)).scaleb(2 if self.is_percent else 0)
        rounded = exact.quantize(Decimal(1).scaleb(-self.places), ROUND_HALF_UP)
        sign = "-" if rounded < 0 else ""
        return f"{sign}{self.before}{abs(rounded):{self.spec}}{self.after}".strip()


@lru_cache(maxsize=1_000)
def _figure_format(number_format: str) -> FigureFormat | None:
    match = _FIGURE.fullmatch(number_format)
    if match is None:
        return None
    before, after = (
        _MARKS.sub(lambda mark: mark[1] or mark[2] or mark[3] or "", match[part])
        for part in ("before", "after")
    )
    places = len(match["places"] or ".") - 1
    width = len(match["digits"]) + (places + 1 if places else 0)
    grouping = "," if match["digits"] == "#,##0" else f"0{width}"
    return FigureFormat(
        before,
        f"{match['percent']}{after}",
        f"{grouping}.{places}f",
        places,
        bool(match["percent"]),
    )


@lru_cache(maxsize=1_000)
def _mended(number_format: str) -> str:
    def mend(match: re.Match[str]) -> str:
        if match["country"]:
            return ""
        return "\\." if match["dot"] else match[0]

    return _TO_MEND.sub(mend, number_format)


def _plain(value: str | float | datetime | date | time) -> str:
    match value:
        case float():
            return f"{value:.15g}"
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value)
