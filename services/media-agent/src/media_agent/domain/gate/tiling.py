"""Pictures reduced to tiles: in which of them did pixels change strongly.

A mean over the frame, or a hash of it, loses a changed digit. Here single pixels are compared, and
counted per tile. Most of a screen stands still most of the time: where the largest difference of a
band of tiles is small, nothing is counted. Colour is compared as it comes, at half the resolution.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from contracts.media import Box
from media_agent.domain.gate.frames import Frame, Plane

Tiles = NDArray[np.bool_]
"""One flag a tile, (rows, columns)."""

# Strong: over what a codec at a low bit rate does to an edge, well under the contrast of grey text
# on white (100). A changed digit of 14 px has 8 and more such pixels
# (tests/support/media/screens.py).
STRONG_LUMA: Final = 48
STRONG_COLOUR: Final = 22
WEAK_LUMA: Final = 3
GRAIN_PIXELS: Final = 3
LARGE_LINES: Final = 1_200
"""From here on luma is halved first: text is larger, noise smaller."""
TILE_PX: Final = 16
BAND_LINES: Final = 128
"""Lines that are passed over together: both pictures' fit a core's own cache."""


@dataclass(frozen=True, eq=False)
class Look:
    """A frame's planes as they are compared: luma maybe halved, colour with it."""

    y: Plane
    u: Plane
    v: Plane

    def copy(self) -> "Look":
        """One that stays."""
        return Look(self.y.copy(), self.u.copy(), self.v.copy())

    def patched(self, newer: "Look", where: Tiles, tiling: "Tiling") -> "Look":
        """This picture, with `newer` in the tiles given."""
        return Look(
            tiling.choose(where, newer.y, self.y, tiling.luma_cells),
            tiling.choose(where, newer.u, self.u, tiling.colour_cells),
            tiling.choose(where, newer.v, self.v, tiling.colour_cells),
        )


def half(plane: Plane, into: Plane) -> Plane:
    """Mean of 2 x 2 pixels; an odd last row or column is dropped."""
    height, width = plane.shape
    even = plane[: height & ~1, : width & ~1]
    cv2.resize(even, (width // 2, height // 2), into, interpolation=cv2.INTER_AREA)
    return into


class Tiling:
    """How frames of one size are cut into tiles of 16 pixels (32 from 2400 lines on)."""

    def __init__(self, width: int, height: int) -> None:
        halvings = 0 if height < LARGE_LINES else 1 if height < 2 * LARGE_LINES else 2
        self.width, self.height = width, height
        self.tile_px = TILE_PX if halvings < 2 else 2 * TILE_PX  # noqa: PLR2004 - see LARGE_LINES
        self.luma_cells = self.tile_px >> halvings
        self._luma_halvings = halvings
        self._buffers: dict[tuple[str, int, int], Plane] = {}
        self._turn = False
        self._colour_halvings = max(halvings - 1, 0)
        self.colour_cells = self.tile_px >> (1 + self._colour_halvings)
        self.rows = -(-height // self.tile_px)
        self.columns = -(-width // self.tile_px)

    def fits(self, frame: Frame) -> bool:
        return (frame.width, frame.height) == (self.width, self.height)

    def look(self, frame: Frame) -> Look:
        """Reduce, into one of two sets of buffers: a look is overwritten by the next but one.

        Planes that need no reducing are the frame's own.
        """
        self._turn = not self._turn
        planes = zip(
            (frame.y, frame.u, frame.v),
            (self._luma_halvings, self._colour_halvings, self._colour_halvings),
            strict=True,
        )
        return Look(
            *(
                self._reduced(plane, halvings, f"{index}{self._turn}")
                for index, (plane, halvings) in enumerate(planes)
            )
        )

    def _reduced(self, plane: Plane, halvings: int, name: str) -> Plane:
        for level in range(halvings):
            height, width = plane.shape
            buffer = self._buffer(f"{name}.{level}", height // 2, width // 2)
            plane = half(plane, buffer)
        return plane

    def _buffer(self, name: str, height: int, width: int) -> Plane:
        """The same memory each time: fresh pages cost more than the arithmetic on them."""
        key = (name, height, width)
        if key not in self._buffers:
            self._buffers[key] = np.zeros((height, width), np.uint8)
        return self._buffers[key]

    def strongly_changed(
        self, a: Look, b: Look, at_least: int, *, within: Tiles | None = None
    ) -> Tiles:
        """Tiles with at least so many strongly changed pixels of luma or of one colour plane.

        Only tiles in `within` are asked about; others may be missing.
        """
        rows = None if within is None else np.asarray(within.any(axis=1), np.bool_)
        luma = self._share(a.y, b.y, STRONG_LUMA, self.luma_cells, rows)
        u = self._share(a.u, b.u, STRONG_COLOUR, self.colour_cells, rows)
        v = self._share(a.v, b.v, STRONG_COLOUR, self.colour_cells, rows)
        changed = luma >= _share_of(at_least, self.luma_cells)
        return changed | (np.maximum(u, v) >= _share_of(at_least, self.colour_cells))

    def grain(self, a: Look, b: Look) -> Tiles:
        """Tiles with a little change of luma, as the noise of a camera gives."""
        share = self._share(a.y, b.y, WEAK_LUMA, self.luma_cells)
        return share >= _share_of(GRAIN_PIXELS, self.luma_cells)

    def _share(
        self, a: Plane, b: Plane, threshold: int, cells: int, rows: Tiles | None = None
    ) -> Plane:
        """Pixels of each tile, in these rows of tiles, that differ by more than the threshold.

        As a share of the tile's pixels, 255 is all: see `_share_of`.
        """
        shares = np.zeros((self.rows, self.columns), np.uint8)
        step = BAND_LINES // cells
        for top in range(0, -(-a.shape[0] // cells), step):
            if rows is not None and not rows[top : top + step].any():
                continue
            pixels = slice(top * cells, (top + step) * cells)
            band_a, band_b = a[pixels], b[pixels]
            # The planes are read once; nothing is written, which is what costs.
            if cv2.norm(band_a, band_b, cv2.NORM_INF) > threshold:
                share = self._share_of_band(band_a, band_b, threshold, cells)
                shares[top : top + len(share)] = share
        return shares

    def _share_of_band(self, a: Plane, b: Plane, threshold: int, cells: int) -> Plane:
        height, width = a.shape
        rows = -(-height // cells)
        difference = self._buffer("difference", height, width)
        cv2.absdiff(a, b, difference)
        # Whole tiles: the rim stays 0.
        tiles = self._buffer(f"mask{height}x{cells}", rows * cells, self.columns * cells)
        cv2.threshold(difference, threshold, 255, cv2.THRESH_BINARY, tiles[:height, :width])
        side = cells
        # Halving again and again is 10 times faster than one resize by 8 or 16, and a single
        # pixel of a 16 x 16 tile survives the rounding: 255, 64, 16, 4, 1.
        while side > 1:
            side //= 2
            smaller = self._buffer("tiles", rows * side, self.columns * side)
            tiles = half(tiles, smaller)
        return tiles

    def choose(self, where: Tiles, yes: Plane, no: Plane, cells: int) -> Plane:
        """A new plane: `yes` in the tiles given, `no` elsewhere."""
        size = self.columns * cells, self.rows * cells
        pixels = cv2.resize(where.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        height, width = yes.shape
        chosen = no.copy()
        cv2.copyTo(yes, pixels[:height, :width], chosen)
        return chosen

    def boxes(self, tiles: Tiles, at_most: int = 16) -> tuple[Box, ...]:
        """Rectangles in pixels around neighbouring tiles, top to bottom; one where too many."""
        count, _, stats, _ = components(grown(tiles))
        found = [_clip(stats[i], tiles) for i in range(1, count)]
        if len(found) > at_most:
            rows, columns = np.nonzero(tiles)
            found = [(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)]
        return tuple(self._box(*(int(edge) for edge in edges)) for edges in found)

    def _box(self, left: int, top: int, right: int, bottom: int) -> Box:
        x, y = left * self.tile_px, top * self.tile_px
        return Box(
            x=x,
            y=y,
            width=min(right * self.tile_px, self.width) - x,
            height=min(bottom * self.tile_px, self.height) - y,
        )


def _share_of(pixels: int, cells: int) -> int:
    """The smallest share, of 255, that so many pixels of a tile come to."""
    return -(-(pixels * 255 - 127) // (cells * cells))


def grown(tiles: Tiles, by: int = 1) -> Tiles:
    """The tiles and their neighbours."""
    kernel = np.ones((2 * by + 1, 2 * by + 1), np.uint8)
    return cv2.dilate(tiles.astype(np.uint8), kernel).astype(np.bool_)


def components(
    tiles: Tiles,
) -> tuple[int, NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Groups of touching tiles: count with the background, labels, stats, centres (OpenCV)."""
    count, labels, stats, centres = cv2.connectedComponentsWithStats(tiles.astype(np.uint8))
    return (
        count,
        np.asarray(labels, np.int32),
        np.asarray(stats, np.int32),
        np.asarray(centres, np.float64),
    )


def _clip(stat: NDArray[np.int32], tiles: Tiles) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of a group of grown tiles, without the growth."""
    left, top, width, height = (int(value) for value in stat[:4])
    rows, columns = np.nonzero(tiles[top : top + height, left : left + width])
    return (
        left + int(columns.min()),
        top + int(rows.min()),
        left + int(columns.max()) + 1,
        top + int(rows.max()) + 1,
    )
