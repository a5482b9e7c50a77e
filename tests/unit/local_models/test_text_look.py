import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from local_models.screen_text import Cell, PixelBox
from local_models.text_look import Colour, Look, looks

INK, PAPER = (27, 31, 36), (250, 250, 252)


def seen(  # noqa: PLR0913 - how a text may look
    text: str,
    *,
    size: int = 20,
    ink: Colour = INK,
    paper: Colour = PAPER,
    button: Colour | None = None,
    stroke: int = 0,
    margin: int = 6,
) -> tuple[Look, PixelBox]:
    """How a drawn text looks, and where its ink is; the OCR's box is wider by `margin`."""
    image = Image.new("RGB", (600, 120), paper)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size)
    left, top, right, bottom = map(round, draw.textbbox((60, 40), text, font, stroke_width=stroke))
    if button:
        draw.rounded_rectangle((left - 4, top - 4, right + 4, bottom + 4), 3, button)
    draw.text((60, 40), text, ink, font, stroke_width=stroke)
    box = PixelBox(
        left - margin, top - margin, right - left + 2 * margin, bottom - top + 2 * margin
    )
    (look,) = looks(np.asarray(image, np.uint8), [Cell(text, 1.0, box)])
    assert look is not None
    return look, PixelBox(left, top, right - left, bottom - top)


@pytest.mark.parametrize("size", [13, 20, 34])
def test_texts_of_one_type_are_equally_high_whichever_letters_they_have(size: int) -> None:
    heights = [
        seen(text, size=size)[0].box.height for text in ("Rapid", "sums", "HALF", "1,350", "xyz")
    ]
    assert max(heights) - min(heights) <= 1 + size // 12


def test_larger_type_has_a_higher_box() -> None:
    small, large = (seen("Total 12", size=size)[0].box.height for size in (15, 20))
    assert large / small == pytest.approx(20 / 15, abs=0.12)


@pytest.mark.parametrize("margin", [2, 6, 14])
def test_a_box_begins_and_ends_with_the_ink_however_wide_it_was_read(margin: int) -> None:
    look, inked = seen("Quarterly plan", margin=margin)
    assert abs(look.box.x - inked.x) <= 2
    assert abs(look.box.right - inked.right) <= 2


@pytest.mark.parametrize(("ink", "paper"), [(INK, PAPER), (PAPER, INK), ((198, 40, 40), PAPER)])
def test_ink_and_paper_are_told_apart_on_light_and_on_dark(ink: Colour, paper: Colour) -> None:
    look, _ = seen("Payment failed", ink=ink, paper=paper, size=26)
    assert np.abs(np.subtract(look.ink, ink)).max() < 24
    assert look.paper == paper


def test_what_is_around_a_button_is_not_taken_for_its_letters() -> None:
    plain, _ = seen("Try again")
    look, inked = seen("Try again", ink=PAPER, button=(21, 87, 192))
    assert look.paper == (21, 87, 192)
    assert look.box.height == pytest.approx(plain.box.height, abs=1)
    assert abs(look.box.x - inked.x) <= 2


def test_bold_type_has_wider_strokes() -> None:
    regular, bold = (seen("Connections", stroke=stroke)[0].stroke_ratio for stroke in (0, 1))
    assert bold > 1.35 * regular


def test_a_capital_j_that_hangs_below_the_line_makes_no_larger_type() -> None:
    """In many faces it does as the small one, in the one drawn here only that."""
    image = Image.new("RGB", (300, 60), PAPER)
    ImageDraw.Draw(image).text((20, 12), "jo Petrov", INK, ImageFont.load_default(24))
    box = PixelBox(12, 6, 160, 44)
    small, capital = looks(
        np.asarray(image, np.uint8), [Cell("jo Petrov", 1.0, box), Cell("Jo Petrov", 1.0, box)]
    )
    assert small == capital
    assert seen("Jo Petrov")[0].box.height == pytest.approx(seen("Bo Retrou")[0].box.height, abs=1)


def test_tips_of_letters_over_and_under_a_line_do_not_make_its_type_larger() -> None:
    image = Image.new("RGB", (300, 120), PAPER)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(24)
    for at, line in enumerate(("gypsy map", "Number", "Hold")):
        draw.text((20, 20 + at * 24), line, INK, font)
    _, top, _, bottom = map(round, draw.textbbox((20, 44), "Number", font))
    box = PixelBox(12, top - 5, 200, bottom - top + 13)
    (look,) = looks(np.asarray(image, np.uint8), [Cell("Number", 1.0, box)])
    plain, _ = seen("Number", size=24)
    assert look is not None
    assert look.box.height == pytest.approx(plain.box.height, abs=1)


def test_a_text_that_hardly_differs_from_its_paper_has_no_look() -> None:
    image = np.full((40, 200, 3), 250, np.uint8)
    image[15:25, 20:80] = 240
    assert looks(image, [Cell("faint", 0.5, PixelBox(10, 5, 100, 30))]) == [None]


@given(
    arrays(np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 40), st.just(3))),
    st.text(max_size=8),
    st.builds(
        PixelBox, st.integers(-9, 60), st.integers(-9, 40), st.integers(0, 60), st.integers(0, 60)
    ),
)
def test_whatever_a_picture_holds_and_wherever_a_box_lies_a_look_is_inside_of_it_or_none(
    image: NDArray[np.uint8], text: str, box: PixelBox
) -> None:
    height, width = image.shape[:2]
    (look,) = looks(image, [Cell(text, 1.0, box)])
    if look is not None:
        assert 0 <= look.box.x < look.box.right <= width
        assert 0 <= look.box.y < look.box.bottom <= height


@pytest.mark.parametrize("box", [PixelBox(190, 38, 60, 90), PixelBox(-300, -80, 40, 30)])
def test_a_box_beyond_the_picture_has_no_look(box: PixelBox) -> None:
    assert looks(np.full((40, 200, 3), 250, np.uint8), [Cell("off", 0.5, box)]) == [None]


def test_a_text_that_the_pictures_edge_cuts_off_has_the_look_of_the_rest() -> None:
    image = Image.new("RGB", (200, 60), PAPER)
    ImageDraw.Draw(image).text((-20, 15), "Cut off", INK, ImageFont.load_default(24))
    whole = np.asarray(image, np.uint8)
    (look,) = looks(whole, [Cell("Cut off", 0.9, PixelBox(-30, 8, 110, 42))])
    assert look is not None
    assert (look.paper, look.box.x) == (PAPER, 0)


def test_a_grey_picture_is_looked_at_too() -> None:
    image = Image.new("L", (200, 40), 255)
    ImageDraw.Draw(image).text((20, 8), "Grey", 0, ImageFont.load_default(20))
    (look,) = looks(np.asarray(image, np.uint8), [Cell("Grey", 1.0, PixelBox(14, 4, 80, 32))])
    assert look is not None
    assert look.paper == (255, 255, 255)
