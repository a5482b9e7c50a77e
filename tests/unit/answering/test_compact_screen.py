from hypothesis import given
from hypothesis import strategies as st

from answering.compact_screen import compact_text
from contracts.media import Box
from contracts.vision import (
    ConsoleBlock,
    ConsoleLine,
    Heading,
    ListBlock,
    MessageBlock,
    PairBlock,
    ScreenBlock,
    ScreenCell,
    ScreenStructure,
    StatusBarBlock,
    TableBlock,
    TextBlock,
)


def seen(
    texts: list[str], *blocks: ScreenBlock, headings: tuple[Heading, ...] = ()
) -> ScreenStructure:
    box = Box(x=0, y=0, width=10, height=10)
    cells = tuple(ScreenCell(text=text, box=box, confidence=1) for text in texts)
    return ScreenStructure(cells=cells, blocks=blocks, headings=headings)


def test_headings_stand_once_over_what_they_head_and_nested() -> None:
    screen = seen(
        ["Settings", "Display", "Light", "On", "Size", "12"],
        PairBlock(label=2, values=(3,), heading=1),
        PairBlock(label=4, values=(5,), heading=1),
        headings=(Heading(cell=0), Heading(cell=1, under=0)),
    )
    assert compact_text(screen) == "# Settings\n## Display\nLight: On\nSize: 12"


def test_a_table_is_rows_with_its_header_over_a_rule_and_empty_places_stay_empty() -> None:
    table = TableBlock(header=(0, 1, None), rows=((2, None, 3),))
    assert compact_text(seen(["Port", "Pallets", "Turku", "late"], table)) == (
        "Port | Pallets | \n--- | --- | ---\nTurku |  | late"
    )


def test_pairs_of_several_values_have_one_colon() -> None:
    pair = PairBlock(label=0, values=(1, 2))
    assert compact_text(seen(["Price:", "$9", "per month"], pair)) == "Price: $9, per month"


def test_messages_name_their_severity_and_lists_have_dashes() -> None:
    screen = seen(
        ["Payment failed", "Try again", "Home", "main", "UTF-8", "So it is."],
        MessageBlock(cells=(0, 1), severity="error"),
        ListBlock(items=(2,)),
        StatusBarBlock(cells=(3, 4)),
        TextBlock(cells=(5,)),
    )
    assert compact_text(screen) == (
        "[error] Payment failed / Try again\n- Home\n[status bar] main | UTF-8\nSo it is."
    )


def test_lines_of_a_console_are_as_they_are_behind_their_numbers() -> None:
    lines = (
        ConsoleLine(cell=0, command="ls"),
        ConsoleLine(cell=1, number=7),
        ConsoleLine(cell=2, number=8),
    )
    assert compact_text(seen(["$ ls", "import os", "8"], ConsoleBlock(lines=lines))) == (
        "$ ls\n7 import os\n8"
    )


@given(st.lists(st.text("ab ", min_size=1, max_size=80), max_size=60), st.integers(60, 900))
def test_a_bounded_text_has_whole_lines_and_says_what_was_left_out(
    texts: list[str], most: int
) -> None:
    items = tuple(range(len(texts)))
    screen = seen(texts, TextBlock(cells=items)) if texts else seen([])
    text = compact_text(screen, most_chars=most)
    assert len(text) <= most
    if text != "\n".join(texts):
        *kept, note = text.split("\n")
        assert kept == texts[: len(kept)]
        assert note == f"[… {len(texts) - len(kept)} more lines of the screen are left out]"
