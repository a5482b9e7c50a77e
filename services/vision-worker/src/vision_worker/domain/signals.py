"""What a text's colour and weight signal."""

import colorsys
from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Final

from contracts.vision import Tone
from local_models.text_look import Colour, Look

INK_CHROMA: Final = 70
"""Of 255, the most against the least of red, green and blue: duller inks are greys."""
INK_SATURATION: Final = 0.35
PAPER_CHROMA: Final = 18
"""A pale red banner has about 22; whole pages are tinted too, so the page's own colour is none."""
BLUE_PAPER_CHROMA: Final = 60
"""Dark themes have dark blue cards."""
SAME_INK_CHROMA, SAME_PAPER_CHROMA = 40, 8
"""Where ink and paper are of one hue: dark green on a green so pale that neither says it alone."""
OTHER_PAPER: Final = 12
HUES: Final[tuple[tuple[float, float, Tone], ...]] = (
    (0, 18, "red"),
    (18, 68, "amber"),
    (75, 170, "green"),
    (190, 260, "blue"),
    (340, 360, "red"),
)
"""Degrees."""
HEAVY_RATIO: Final = 1.3
"""Strokes against those of most texts; bold is about 1.6 times regular."""


def tones(looks: Sequence[Look | None]) -> list[Tone | None]:
    """By the ink, else by a paper that is not the screen's usual one."""
    papers = Counter(look.paper for look in looks if look)
    page = papers.most_common(1)[0][0] if papers else (0, 0, 0)
    return [_tone(look, page) if look else None for look in looks]


def _tone(look: Look, page: Colour) -> Tone | None:
    if _chroma(look.ink) >= INK_CHROMA and _chroma(look.ink) >= INK_SATURATION * max(look.ink):
        return _hue(look.ink)
    if max(abs(a - b) for a, b in zip(look.paper, page, strict=True)) < OTHER_PAPER:
        return None
    if _is_one_hue(look):
        return _hue(look.ink)
    tone = _hue(look.paper) if _chroma(look.paper) >= PAPER_CHROMA else None
    return None if tone == "blue" and _chroma(look.paper) < BLUE_PAPER_CHROMA else tone


def _is_one_hue(look: Look) -> bool:
    ink, paper = _chroma(look.ink), _chroma(look.paper)
    is_ink = ink >= SAME_INK_CHROMA and ink >= INK_SATURATION * max(look.ink)
    return is_ink and paper >= SAME_PAPER_CHROMA and _hue(look.ink) == _hue(look.paper)


def _chroma(colour: Colour) -> int:
    return max(colour) - min(colour)


def _hue(colour: Colour) -> Tone | None:
    red, green, blue = colour
    hue = 360 * colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)[0]
    return next((tone for low, high, tone in HUES if low <= hue <= high), None)


def heavy(looks: Sequence[Look | None]) -> list[bool]:
    """Which texts are in heavier type than most."""
    strokes = [look.stroke_ratio for look in looks if look]
    usual = median(strokes) if strokes else 0.0
    return [look is not None and look.stroke_ratio > HEAVY_RATIO * usual for look in looks]
