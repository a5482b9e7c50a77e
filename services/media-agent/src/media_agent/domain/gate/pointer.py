"""Tells the mouse pointer from news.

A pointer is something small that goes from place to place and leaves each place as it was before.
Where it started from and where it rests differ from the last kept frame for good, but mean
nothing: those tiles are to be taken over into the reference.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media_agent.domain.gate.tiling import Tiles, components, grown

RUN_ENDS_MS: Final = 250
"""Without movement for so long, the pointer rests."""
MAX_SIDE_TILES: Final = 5
MAX_GROUPS: Final = 5
MIN_HOPS: Final = 2
MIN_TRAVEL_TILES: Final = 3.0


@dataclass
class _Run:
    """One movement, from rest to rest."""

    began: Tiles
    start: NDArray[np.float64]
    current: Tiles
    last_ms: int
    hops: int = 0
    travel: float = 0.0
    confirmed: bool = False
    known_start: bool = False


@dataclass(frozen=True)
class Followed:
    """What the pointer explains.

    Attributes:
        ignore: tiles that are the moving pointer just now.
        absorb: tiles that it left or came to rest on.
    """

    ignore: Tiles
    absorb: Tiles


@dataclass
class Pointer:
    """Follows one pointer over the tiles of one picture size."""

    shape: tuple[int, int]
    _rest: Tiles | None = None
    _run: _Run | None = field(default=None)

    def follow(self, t_ms: int, moved: Tiles, differs: Tiles) -> Followed:
        """One frame further.

        Args:
            t_ms: of the frame.
            moved: tiles that changed since the frame before, without those that never rest.
            differs: tiles that differ from the reference.
        """
        absorb = np.zeros(self.shape, np.bool_)
        run = self._run
        if run is not None and t_ms - run.last_ms > RUN_ENDS_MS:
            if run.confirmed:
                absorb |= run.current & differs
                self._rest = run.current
            self._run = run = None
        if moved.any() and (groups := _small_groups(moved)) is not None:
            self._step(t_ms, groups, moved, differs)
        run = self._run
        if run is None:
            return Followed(np.zeros(self.shape, np.bool_), absorb)
        if not run.confirmed:  # it may be one: known within a quarter of a second
            return Followed(run.began | run.current, absorb)
        left = run.began & differs & ~grown(run.current) & ~moved
        absorb |= left
        run.began = run.began & ~left
        return Followed(run.current.copy(), absorb)

    def _step(self, t_ms: int, groups: list[Tiles], moved: Tiles, differs: Tiles) -> None:
        arrived = [group & differs for group in groups if (group & differs).any()]
        restored = moved & ~differs
        run = self._run
        if run is not None and not (moved & grown(run.current)).any():
            # Something else moved, such as a caret: a pointer would have left its place.
            if run.confirmed:
                return
            run = None
        if run is None:
            if arrived:
                began = np.logical_or.reduce(arrived)
                known = self._rest is not None and bool((began & self._rest).any())
                self._run = _Run(began, _centre(began), began, t_ms, known_start=known)
            return
        run.last_ms = t_ms
        if (restored & grown(run.current, 2)).any():
            run.hops += 1
        if not arrived:
            return
        nearest = min(arrived, key=lambda tiles: _distance(_centre(tiles), _centre(run.current)))
        run.current = nearest
        run.travel = max(run.travel, _distance(_centre(nearest), run.start))
        enough = 1 if run.known_start else MIN_HOPS
        run.confirmed = run.confirmed or (run.hops >= enough and run.travel >= MIN_TRAVEL_TILES)


def _small_groups(moved: Tiles) -> list[Tiles] | None:
    """The moving groups; None where there are many or a large one: no pointer does that."""
    if np.count_nonzero(moved) > MAX_GROUPS * MAX_SIDE_TILES**2:
        return None
    count, labels, stats, _ = components(moved)
    if count - 1 > MAX_GROUPS or (stats[1:, 2:4] > MAX_SIDE_TILES).any():
        return None
    return [labels == label for label in range(1, count)]


def _centre(tiles: Tiles) -> NDArray[np.float64]:
    return np.argwhere(tiles).mean(axis=0)


def _distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(np.abs(a - b).max())
