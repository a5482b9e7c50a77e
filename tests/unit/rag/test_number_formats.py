"""Values look as Excel shows them; the rows are Excel's own results, in English notation."""

from typing import Any, cast

import pytest
import xlfmt  # pyright: ignore[reportMissingTypeStubs] - typed in part, without a mark
from hypothesis import given
from hypothesis import strategies as st

from rag.adapters.parsers.office.number_formats import BUILT_IN, shown

ACCOUNTING = BUILT_IN["44"]


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        (249, '"€"#,##0.00', "€249.00"),
        (1249.5, "#,##0.00\\ [$€-407]", "1,249.50 €"),
        (1249.5, "[$CHF-807] #,##0.00", "CHF 1,249.50"),
        (1200, "[$£-809]#,##0", "£1,200"),
        (-5, '"$"#,##0.00_);[Red]("$"#,##0.00)', "($5.00)"),
        (1234.5, ACCOUNTING, "$1,234.50"),
        (0.475, "0.0%", "47.5%"),
        (0.07, "0%", "7%"),
        (42, "00000", "00042"),
        (1234567.891, "#,##0.###", "1,234,567.891"),
        (1_500_000, '0.0,,"M"', "1.5M"),
        (1.25, "# ?/?", "1 1/4"),
        (12_345_678, "0.00E+00", "1.23E+07"),
        (46_000, "yyyy-mm-dd", "2025-12-09"),
        (46_000, "dd.mm.yyyy", "09.12.2025"),
        (46_000, "d. mmmm yyyy", "9. December 2025"),
        (46_000, "[$-409]d-mmm-yy", "9-Dec-25"),
        (46_000, "[$-F800]dddd, mmmm dd, yyyy", "Tuesday, December 09, 2025"),
        (46_000.75, "dd/mm/yyyy h:mm AM/PM", "09/12/2025 6:00 PM"),
        (46_000, BUILT_IN["14"], "2025-12-09"),
        (0.01, "mm:ss.0", "14:24.0"),
        (1.5, "[h]:mm", "36:00"),
        (2.5, "[m]", "3600"),
        (1234.567, "[$-409]#,##0.00", "1,234.57"),
        (5, '[>=10]"many";[<10]"few"', "few"),
        (12, '0" pcs"', "12 pcs"),
        (45, '"KX-"0000', "KX-0045"),
        (0, '0;-0;"none";@', "none"),
        ("abc", '0;0;0;"Type "@', "Type abc"),
        ("00123", "General", "00123"),
        (0.1 + 0.2, "General", "0.3"),
        (123_456_789_012, "General", "123456789012"),
        (True, "General", "yes"),
        (2.675, "0.00", "2.68"),
        (5, ";;;", ""),
    ],
)
def test_a_value_looks_as_in_its_workbook(
    value: str | float, number_format: str, expected: str
) -> None:
    assert shown(value, number_format) == expected


def test_days_count_from_1904_where_the_workbook_says_so() -> None:
    assert shown(46_000, "yyyy-mm-dd", is_1904=True) == "2029-12-10"


@given(
    st.one_of(st.text(max_size=20), st.integers(), st.floats(), st.booleans(), st.datetimes()),
    st.text(alphabet='0#?.,;%"[]$€-@ymdhsE+/\\_* 1<>=AaPpRedGeneral', max_size=40),
)
def test_no_format_stops_a_workbook(value: str | float, number_format: str) -> None:
    assert isinstance(shown(value, number_format), str)


LITERALS = st.sampled_from(["", "$", "€ ", '"EUR "', "\\x", "[$CHF-807] ", ' "pcs"', "£"])


@given(
    st.one_of(
        st.integers(-(10**12), 10**12),
        st.floats(-1e9, 1e9).map(lambda value: round(value, 6)),
    ),
    st.tuples(
        LITERALS,
        st.sampled_from(["0", "#,##0", "00000", "0.0", "#,##0.00", "0000.000"]),
        st.sampled_from(["", "%"]),
        LITERALS,
    ).map("".join),
)
def test_plain_figures_look_as_the_library_shows_them(value: float, number_format: str) -> None:
    the_librarys = str(cast(Any, xlfmt).format_value(value, number_format)).strip()
    assert shown(value, number_format) == the_librarys
