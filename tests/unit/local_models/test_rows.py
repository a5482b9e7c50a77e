from hypothesis import given
from hypothesis import strategies as st

from local_models.screen_text import Cell, PixelBox, rows


def cell(text: str, x: int, y: int, *, width: int = 60, height: int = 20) -> Cell:
    return Cell(text, 0.9, PixelBox(x, y, width, height))


def texts(*cells: Cell) -> list[str]:
    return [line.text for line in rows(cells)]


def test_cells_of_a_table_row_are_one_line_with_its_columns_apart() -> None:
    found = texts(
        cell("$49", 400, 102), cell("Team", 40, 100), cell("Plan", 40, 60), cell("Price", 400, 61)
    )
    assert found == ["Plan  Price", "Team  $49"]


def test_words_close_together_are_joined_by_one_blank() -> None:
    assert texts(cell("exit", 0, 0), cell("code", 68, 1)) == ["exit code"]


def test_lines_below_each_other_stay_apart() -> None:
    assert texts(cell("second", 0, 24), cell("first", 0, 0)) == ["first", "second"]


def test_a_heading_is_not_joined_to_small_text_beside_it() -> None:
    heading = cell("Pricing", 0, 0, width=200, height=60)
    assert texts(heading, cell("sign in", 900, 20, height=16)) == ["Pricing", "sign in"]


def test_columns_of_prose_are_not_read_across() -> None:
    left = "the left column goes on and on here"
    right = "the right column has its own long story"
    assert texts(cell(right, 700, 0), cell(left, 0, 0)) == [left, right]


def test_a_line_is_as_sure_as_its_least_sure_cell_and_its_box_goes_around_all() -> None:
    (line,) = rows(
        [Cell("a", 0.9, PixelBox(10, 5, 20, 20)), Cell("b", 0.6, PixelBox(90, 3, 9, 21))]
    )
    assert line.confidence == 0.6
    assert line.box == PixelBox(10, 3, 89, 22)


def test_nothing_found_gives_no_lines() -> None:
    assert rows([]) == []


@given(
    st.lists(
        st.builds(
            cell,
            st.sampled_from(["a", "b c", "one two three four five six seven"]),
            st.integers(0, 1900),
            st.integers(0, 1000),
            width=st.integers(1, 400),
            height=st.integers(8, 60),
        )
    )
)
def test_every_cell_is_in_exactly_one_line_and_lines_go_down(cells: list[Cell]) -> None:
    lines = rows(cells)
    assert sorted(map(id, cells)) == sorted(id(one) for line in lines for one in line.cells)
    assert [line.box.y for line in lines] == sorted(line.box.y for line in lines)
    for line in lines:
        assert [one.box.x for one in line.cells] == sorted(one.box.x for one in line.cells)
