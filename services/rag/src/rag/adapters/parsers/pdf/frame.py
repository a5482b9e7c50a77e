"""Places on a page of a PDF, as it is shown."""

import ctypes
from typing import Any, NamedTuple

from rag.adapters.parsers.pdf.pdfium import pdfium_c


class PageBox(NamedTuple):
    """Points, origin top left of the page as it is shown."""

    left: float
    top: float
    right: float
    bottom: float

    def covers(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    @property
    def area(self) -> float:
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)


class PageFrame:
    """From a page's own coordinates to points from the top left of the page as it is shown."""

    def __init__(self, page: Any) -> None:
        self.width, self.height = page.get_size()
        self.quarter_turns = page.get_rotation() // 90
        self._origin = self._device(page, 0, 0)
        # A thousand points along each axis: the device's coordinates are whole numbers.
        along_x, along_y = self._device(page, 1_000, 0), self._device(page, 0, 1_000)
        self._x = tuple((b - a) / 1_000 for a, b in zip(self._origin, along_x, strict=True))
        self._y = tuple((b - a) / 1_000 for a, b in zip(self._origin, along_y, strict=True))

    def _device(self, page: Any, x: float, y: float) -> tuple[float, float]:
        finer = 16
        across, down = ctypes.c_int(), ctypes.c_int()
        size = (round(self.width * finer), round(self.height * finer))
        pdfium_c.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, across, down)
        return across.value / finer, down.value / finer

    def box(self, left: float, bottom: float, right: float, top: float) -> PageBox:
        corners = [self._at(left, bottom), self._at(right, top)]
        xs, ys = sorted(x for x, _ in corners), sorted(y for _, y in corners)
        return PageBox(xs[0], ys[0], xs[1], ys[1])

    def turned(self, box: PageBox, turns: int) -> PageBox:
        """The box on the page turned so that text that many quarter turns off is upright."""
        if turns == 1:
            return PageBox(self.height - box.bottom, box.left, self.height - box.top, box.right)
        if turns == 2:  # noqa: PLR2004 - upside down
            return PageBox(
                self.width - box.right,
                self.height - box.bottom,
                self.width - box.left,
                self.height - box.top,
            )
        if turns == 3:  # noqa: PLR2004 - runs down
            return PageBox(box.top, self.width - box.right, box.bottom, self.width - box.left)
        return box

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return (
            self._origin[0] + x * self._x[0] + y * self._y[0],
            self._origin[1] + x * self._x[1] + y * self._y[1],
        )
