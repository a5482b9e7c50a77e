import pytest

from contracts.vision import Tone
from local_models.screen_text import PixelBox
from local_models.text_look import Colour, Look
from vision_worker.domain.signals import heavy, tones

BLACK, WHITE = (27, 31, 36), (255, 255, 255)


def look(ink: Colour = BLACK, paper: Colour = WHITE, stroke_ratio: float = 0.09) -> Look:
    return Look(PixelBox(0, 0, 40, 16), ink, paper, stroke_ratio)


@pytest.mark.parametrize(
    ("ink", "tone"),
    [
        ((198, 40, 40), "red"),
        ((255, 107, 107), "red"),
        ((178, 106, 0), "amber"),
        ((240, 180, 41), "amber"),
        ((27, 138, 58), "green"),
        ((76, 194, 107), "green"),
        ((21, 87, 192), "blue"),
        ((27, 31, 36), None),
        ((107, 114, 128), None),
        ((148, 163, 184), None),
    ],
)
def test_an_ink_signals_where_it_is_saturated(ink: Colour, tone: Tone | None) -> None:
    assert tones([look(ink)]) == [tone]


def test_a_paper_signals_where_it_is_not_the_pages_own() -> None:
    banner = look(paper=(253, 231, 231))
    page = look()
    assert tones([page, page, banner]) == [None, None, "red"]


def test_a_pale_paper_signals_with_an_ink_of_its_hue_and_not_with_a_grey_one() -> None:
    green, grey = (look(ink, (232, 245, 233)) for ink in ((27, 94, 32), (70, 75, 71)))
    assert tones([look(), look(), look(), green, grey]) == [None, None, None, "green", None]


def test_a_tinted_page_signals_nothing() -> None:
    assert tones([look(paper=(253, 246, 227))] * 3) == [None] * 3


def test_the_blue_of_a_dark_card_is_no_signal_and_that_of_a_button_is() -> None:
    page, card, button = (look(paper=one) for one in ((15, 23, 42), (30, 41, 59), (37, 99, 235)))
    assert tones([page, page, card, button]) == [None, None, None, "blue"]


def test_what_could_not_be_measured_signals_nothing() -> None:
    assert (tones([None]), heavy([None])) == ([None], [False])


def test_heavy_is_what_has_wider_strokes_than_most() -> None:
    usual, bold = look(), look(stroke_ratio=0.14)
    assert heavy([usual, bold, usual, usual]) == [False, True, False, False]
