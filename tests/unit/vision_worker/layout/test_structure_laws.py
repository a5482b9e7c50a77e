from collections import Counter
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from contracts.media import Box
from contracts.vision import ConsoleBlock, ScreenBlock, ScreenStructure
from support.screen.drawn import SIZE, Drawn, pairs, right, tables, text
from support.screen.layouts import SCREENS
from vision_worker.domain.layout.structure import structure_of
from vision_worker.domain.reading import SeenCell

screens = st.sampled_from(SCREENS)
words = st.text("abcdefgh", min_size=3, max_size=9)
figures = st.integers(1, 99_999).map(str)


@st.composite
def any_cells(draw: st.DrawFn) -> Drawn:
    """Texts anywhere, over each other too."""
    place = st.tuples(st.integers(0, 1000), st.integers(0, 680), st.integers(8, 40))
    contents = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1)
    found = draw(st.lists(st.tuples(contents, place), max_size=25))
    return [text(content, x, y, size) for content, (x, y, size) in found if content.strip()]


def moved(cell: SeenCell, dx: int, dy: int, times: int) -> SeenCell:
    box = cell.box
    place = Box(
        x=(box.x + dx) * times,
        y=(box.y + dy) * times,
        width=box.width * times,
        height=box.height * times,
    )
    return cell.model_copy(update={"box": place})


def shape(structure: ScreenStructure) -> object:
    """Everything but where it stands."""
    texts = [(cell.text, cell.tone) for cell in structure.cells]
    return texts, structure.blocks, structure.headings


@given(screens, st.integers(0, 900), st.integers(0, 900), st.integers(1, 4))
def test_moving_and_enlarging_a_screen_changes_nothing(
    screen: Callable[[], Drawn], dx: int, dy: int, times: int
) -> None:
    cells = [moved(cell, dx, dy, times) for cell in screen()]
    size = ((SIZE[0] + dx) * times, (SIZE[1] + dy) * times)
    assert shape(structure_of(cells, size)) == shape(structure_of(screen(), SIZE))


@given(screens, st.randoms(use_true_random=False))
def test_the_order_in_which_texts_were_read_changes_nothing(
    screen: Callable[[], Drawn], random: st.DataObject
) -> None:
    cells = screen()
    random.shuffle(cells)  # pyright: ignore[reportAttributeAccessIssue,reportUnknownMemberType] - random.Random
    assert structure_of(cells, SIZE) == structure_of(screen(), SIZE)


@given(screens)
def test_a_dark_screen_has_the_structure_of_the_light_one(screen: Callable[[], Drawn]) -> None:
    light = screen()
    dark = [
        cell.model_copy(update={"paper": cell.paper and tuple(255 - one for one in cell.paper)})
        for cell in light
    ]
    assert structure_of(dark, SIZE) == structure_of(light, SIZE)


@given(any_cells() | screens.map(lambda screen: screen()))
def test_every_text_is_there_once(cells: Drawn) -> None:
    seen = structure_of(cells, SIZE)
    numbers = [
        str(line.number)
        for block in seen.blocks
        if isinstance(block, ConsoleBlock)
        for line in block.lines
        if line.number is not None and seen.cells[line.cell].text != str(line.number)
    ]
    texts = [cell.text for cell in seen.cells]
    assert letters([*texts, *numbers]) == letters([cell.text for cell in cells])


def letters(texts: list[str]) -> Counter[str]:
    return Counter("".join("".join(one.split()) for one in texts))


@given(any_cells() | screens.map(lambda screen: screen()))
def test_every_cell_is_in_one_block_or_is_a_heading(cells: Drawn) -> None:
    seen = structure_of(cells, SIZE)
    held = Counter(at for block in seen.blocks for at in places(block))
    heads = {one.cell for one in seen.headings}
    assert set(held) | heads == set(range(len(seen.cells)))
    assert all(count == 1 for count in held.values())
    over = {block.heading for block in seen.blocks} | {one.under for one in seen.headings}
    assert over <= heads | {None}


def places(block: ScreenBlock) -> list[int]:
    match block.kind:
        case "table":
            found = [*block.header, *(at for row in block.rows for at in row)]
            return [at for at in found if at is not None]
        case "pair":
            return [block.label, *block.values]
        case "list":
            return list(block.items)
        case "console":
            return [line.cell for line in block.lines]
        case _:
            return list(block.cells)


@given(st.data(), st.integers(3, 9), st.integers(3, 5), st.integers(30, 44), st.integers(0, 1))
def test_a_table_is_found_whole(
    data: st.DataObject, height: int, width: int, pitch: int, aligned_right: int
) -> None:
    header = data.draw(st.lists(words, min_size=width, max_size=width))
    row = st.tuples(words, *[figures] * (width - 1)).map(list)
    rows = data.draw(st.lists(row, min_size=height, max_size=height))
    place = right if aligned_right else text
    drawn = [
        place(content, 150 + column * 200, 60 + at * pitch)
        for at, contents in enumerate([header, *rows])
        for column, content in enumerate(contents)
    ]
    assert tables(structure_of(drawn, SIZE)) == [(header, rows)]


@given(st.data(), st.integers(1, 4), st.integers(2, 4), st.integers(12, 16), st.integers(24, 40))
def test_every_tile_of_a_grid_is_a_pair(
    data: st.DataObject, height: int, width: int, small: int, large: int
) -> None:
    labels = data.draw(
        st.lists(words, min_size=height * width, max_size=height * width, unique=True)
    )
    drawn: Drawn = []
    expected: dict[str, list[str]] = {}
    for at, label in enumerate(labels):
        figure = data.draw(figures)
        x, y = 40 + at % width * 300, 60 + at // width * 140
        drawn += [text(label, x, y, small), text(figure, x, y + small + 8, large)]
        expected[label] = [figure]
    assert pairs(structure_of(drawn, SIZE)) == expected
