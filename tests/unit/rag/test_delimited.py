"""Tables as text are tables, whatever parts their cells."""

from pathlib import Path

import pytest

from rag.adapters.parsers.delimited import is_table, read_delimited
from unit.rag.test_parsers import LIMITS, shown, written

ROWS = [["code", "part", "price"], ["KX-1", "Ring, wide", "4.10"], ["KX-2", "Seal", "12,50"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
def test_the_sign_between_cells_is_found(tmp_path: Path, delimiter: str, encoding: str) -> None:
    quoted = [[f'"{cell}"' if "," in cell else cell for cell in row] for row in ROWS]
    content = "\r\n".join(delimiter.join(row) for row in [*quoted, ["KX-3", "Ölfilter", "9"]])
    document = read_delimited(written(tmp_path / "a.csv", content.encode(encoding)), LIMITS)
    assert shown(document) == [
        ("row", None, "code | part | price"),
        ("row", None, "KX-1 | Ring, wide | 4.10"),
        ("row", None, "KX-2 | Seal | 12,50"),
        ("row", None, "KX-3 | Ölfilter | 9"),
    ]


def test_ragged_rows_and_quoted_line_ends_are_kept(tmp_path: Path) -> None:
    content = 'a,b,c\n1,"two\nlines, and ""more""",3\n4\n5,6,7,8\n'
    document = read_delimited(written(tmp_path / "a.csv", content), LIMITS)
    assert [text for _, _, text in shown(document)] == [
        "a | b | c",
        '1 | two lines, and "more" | 3',
        "4",
        "5 | 6 | 7 | 8",
    ]


def test_the_line_that_tells_excel_the_sign_is_no_row(tmp_path: Path) -> None:
    document = read_delimited(written(tmp_path / "a.csv", "sep=;\na;b\n1,5;2\n"), LIMITS)
    assert document.text == "a | b\n1,5 | 2"


def test_a_mark_that_never_closes_loses_nothing(tmp_path: Path) -> None:
    content = 'item,size\npipe,"1 inch\nhose,2 inch\n' + "bolt,3\n" * 3
    document = read_delimited(written(tmp_path / "a.csv", content), LIMITS)
    assert "hose" in document.text
    assert document.text.count("bolt") == 3


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("id;name;price\n1;a;2\n2;b;3\n3;c;4\n", True),
        ("id\tname\tprice\n1\ta\t2\n2\tb\t3\n", True),
        ("Dear Ann, hello, and welcome.\nThe pump, once dry, stops, and waits.\n", False),
        ("one\ntwo\nthree\n", False),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", False),
    ],
)
def test_a_text_is_a_table_only_if_it_plainly_is_one(text: str, table: bool) -> None:
    assert is_table(text) is table
