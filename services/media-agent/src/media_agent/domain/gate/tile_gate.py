"""The frame gate: keeps what is new on the screen, once, soon, and not more than needed."""

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

import cv2
import imagehash
import numpy as np
from numpy.typing import NDArray

from contracts.media import KeptReason
from media_agent.domain.gate.frames import Frame, GateDecision
from media_agent.domain.gate.hashing import THRESHOLD, perceptual_hash
from media_agent.domain.gate.pointer import Pointer
from media_agent.domain.gate.tiling import Look, Tiles, Tiling, components, grown
from media_agent.domain.gate.token_bucket import MIN_GAP_MS, TokenBucket

MIN_PIXELS: Final = 3
"""Strongly changed pixels that make a tile a changed one."""
SETTLE_MS: Final = 250
SETTLE_SMALL_MS: Final = 650
"""Longer than a caret is on or off (500 to 600 ms), shorter than the second a change may take."""
SETTLE_LINE_MS: Final = 450
"""One line of text may still be typed at: longer than from key to key."""
LINE_TILES: Final = 2
SMALL_TILES: Final = (3, 4)
SETTLE_RESTLESS_MS: Final = 1_200
STREAM_GAP_MS: Final = 2_000
MOTION_WAIT_MS: Final = 700
MOTION_GAPS_MS: Final = (MIN_GAP_MS, 3_000, 6_000, 10_000)
MOTION_ENDS_MS: Final = 1_500
RESTLESS_TAU_MS: Final = 3_000
RESTLESS: Final = 0.35
RESTLESS_GAP_MS: Final = 12_000
SILENCE_MS: Final = 30_000
HAS_MOTION_MS: Final = 1_000
RESERVED_TOKENS: Final = 2.0
GRAIN: Final = 0.35
"""Share of the time with noise. Measured: 15 to 88 % of a camera's tiles, < 1 % of a screen's."""
GRAIN_EVERY_MS: Final = 100
GRAIN_AFTER_MS: Final = 500
GRAIN_DENSITY: Final = 0.1
GRAIN_REACH_TILES: Final = 13
NATURAL_CUT: Final = 0.4
RECENT_FRAMES: Final = 10
NEVER_MS: Final = -1_000_000


@dataclass
class _Screen:
    """What is remembered of one picture size."""

    tiling: Tiling
    previous: Look
    reference: Look
    last_kept: Look
    pointer: Pointer
    moved_at: NDArray[np.int64]
    activity: NDArray[np.float32]
    grain: NDArray[np.float32]
    began_ms: int
    grain_at_ms: int
    held_back: Tiles
    """Where the reference is not the last kept frame: that was moving, or a pointer came by."""

    def natural(self, t_ms: int) -> Tiles:
        """Where a camera's picture is: much noise around."""
        seen_ms = t_ms - self.began_ms
        if seen_ms < GRAIN_AFTER_MS:
            return np.zeros_like(self.grain, np.bool_)
        # The average begins at 0: corrected by what it could have reached by now.
        level = GRAIN * (1 - math.exp(-seen_ms / RESTLESS_TAU_MS))
        grainy = (self.grain > level).astype(np.float32)
        if not grainy.any():
            return np.zeros_like(self.grain, np.bool_)
        reach = (GRAIN_REACH_TILES, GRAIN_REACH_TILES)
        return cv2.blur(grainy, reach, borderType=cv2.BORDER_REFLECT) > GRAIN_DENSITY


class TileGate:
    """Compares tiles with the last kept frame.

    The reference is the last kept frame, except where that one was moving: there it is what stood
    before, so that what only passed by is no news, and what came to stay is.
    """

    def __init__(self, tokens: TokenBucket | None = None) -> None:
        self._tokens = tokens or TokenBucket()
        self._screen: _Screen | None = None
        self._refused = False
        self._t_ms = 0
        self._motion_at_ms = NEVER_MS
        self._motion_since: int | None = None
        self._motion_seen_ms = NEVER_MS
        self._motion_kept = 0
        self._kept_moving = False
        self._recent: deque[tuple[imagehash.ImageHash, Look]] = deque(maxlen=RECENT_FRAMES)

    def save(self, saves: bool) -> None:
        self._tokens.saves = saves

    @property
    def has_motion(self) -> bool:
        return self._t_ms - self._motion_at_ms < HAS_MOTION_MS

    @property
    def shows_more(self) -> bool:
        screen = self._screen
        if screen is None or self._refused:
            return True
        return bool(screen.tiling.strongly_changed(screen.previous, screen.last_kept, 1).any())

    def look(self, frame: Frame) -> GateDecision | None:
        screen = self._screen
        if screen is None or not screen.tiling.fits(frame):
            return self._start(frame, "first" if screen is None else "changed")
        self._refused = False
        look = screen.tiling.look(frame)
        moved, differs = self._advance(screen, look, frame.t_ms)
        if not differs.any():
            self._motion_since = None
            return None
        reason = self._decide(screen, frame.t_ms, moved, differs)
        return self._keep(screen, look, frame.t_ms, reason) if reason else None

    def keep_for_question(self, frame: Frame) -> GateDecision | None:
        screen = self._screen
        if screen is None or not screen.tiling.fits(frame):
            return self._start(frame, "first" if screen is None else "asked")
        self._refused = False
        look = screen.previous = screen.tiling.look(frame)
        if not self.shows_more:
            return None
        return self._keep(screen, look, frame.t_ms, "asked")

    def _start(self, frame: Frame, reason: KeptReason) -> GateDecision | None:
        self._refused = reason == "changed" and not self._tokens.allows(frame.t_ms)
        if self._refused:
            return None
        tiling = Tiling(frame.width, frame.height)
        look = tiling.look(frame)
        shape = (tiling.rows, tiling.columns)
        self._screen = _Screen(
            tiling,
            previous=look,
            reference=look,
            last_kept=look,
            pointer=Pointer(shape),
            moved_at=np.full(shape, NEVER_MS, np.int64),
            activity=np.zeros(shape, np.float32),
            grain=np.zeros(shape, np.float32),
            began_ms=frame.t_ms,
            grain_at_ms=frame.t_ms,
            held_back=np.zeros(shape, np.bool_),
        )
        self._recent.clear()
        self._t_ms = frame.t_ms
        return self._keep(self._screen, look, frame.t_ms, reason)

    def _advance(self, screen: _Screen, look: Look, t_ms: int) -> tuple[Tiles, Tiles]:
        """Take the frame in: which tiles moved, and which differ and matter."""
        tiling = screen.tiling
        moved = tiling.strongly_changed(look, screen.previous, MIN_PIXELS)
        differs = tiling.strongly_changed(look, screen.reference, MIN_PIXELS)
        keep = np.float32(np.exp((self._t_ms - t_ms) / RESTLESS_TAU_MS))
        screen.activity *= keep
        screen.activity[moved] += 1 - keep
        self._measure_grain(screen, look, t_ms)
        screen.moved_at[moved] = t_ms
        screen.previous = look
        self._t_ms = t_ms
        calm = ~grown(screen.activity >= RESTLESS)
        if (moved & calm).any():
            self._motion_at_ms = t_ms
        followed = screen.pointer.follow(t_ms, moved & calm, differs)
        if followed.absorb.any():
            screen.reference = screen.reference.patched(look, followed.absorb, tiling)
            screen.held_back = screen.held_back | followed.absorb
        differs &= ~followed.ignore & ~followed.absorb
        if (doubtful := differs & screen.held_back).any():
            # What the last kept frame shows already, though it was moving then, is no news.
            news = tiling.strongly_changed(look, screen.last_kept, MIN_PIXELS, within=doubtful)
            differs &= news | ~doubtful
        return moved, differs

    def _measure_grain(self, screen: _Screen, look: Look, t_ms: int) -> None:
        """Now and then is enough for an average over seconds."""
        since_ms = t_ms - screen.grain_at_ms
        if since_ms < GRAIN_EVERY_MS:
            return
        keep = np.float32(math.exp(-since_ms / RESTLESS_TAU_MS))
        screen.grain *= keep
        screen.grain[screen.tiling.grain(look, screen.previous)] += 1 - keep
        screen.grain_at_ms = t_ms

    def _decide(
        self, screen: _Screen, t_ms: int, moved: Tiles, differs: Tiles
    ) -> KeptReason | None:
        """Why this frame should be kept, if it should and may."""
        still_ms = t_ms - screen.moved_at
        restless = screen.activity >= RESTLESS
        natural = screen.natural(t_ms)
        if natural.any():
            if self._cut(screen, t_ms, differs & natural, natural):
                return "changed"
            restless = restless | natural
        settled, streaming = _news(differs & ~natural, still_ms, restless)
        if settled and self._tokens.allows(t_ms):
            return "settled" if self._kept_moving else "changed"
        if streaming and self._tokens.allows(t_ms, leave=RESERVED_TOKENS, gap_ms=STREAM_GAP_MS):
            return "changed"
        if self._motion(t_ms, differs & (still_ms < SETTLE_MS), restless):
            return "changed"
        silent = self._tokens.allows(t_ms, gap_ms=SILENCE_MS)
        return "silence" if silent else None

    def _cut(self, screen: _Screen, t_ms: int, differs: Tiles, natural: Tiles) -> bool:
        """Is a camera's picture another one altogether? The hash is made for that."""
        if differs.sum() < NATURAL_CUT * natural.sum():
            return False
        if not self._tokens.allows(t_ms, leave=RESERVED_TOKENS, gap_ms=STREAM_GAP_MS):
            return False
        return perceptual_hash(screen.previous.y) - self._recent[-1][0] > THRESHOLD

    def _motion(self, t_ms: int, moving: Tiles, restless: Tiles) -> bool:
        """Has something been moving for so long that its end is not awaited?"""
        if t_ms - self._motion_seen_ms > MOTION_ENDS_MS:
            self._motion_since, self._motion_kept = None, 0
        if not (moving & ~restless).any():
            return bool(moving.any()) and self._tokens.allows(
                t_ms, leave=RESERVED_TOKENS, gap_ms=RESTLESS_GAP_MS
            )
        self._motion_seen_ms = t_ms
        if self._motion_since is None:
            self._motion_since = t_ms
        gap_ms = MOTION_GAPS_MS[min(self._motion_kept, len(MOTION_GAPS_MS) - 1)]
        if t_ms - self._motion_since < MOTION_WAIT_MS:
            return False
        if not self._tokens.allows(t_ms, leave=RESERVED_TOKENS, gap_ms=gap_ms):
            return False
        self._motion_kept += 1
        return True

    def _keep(self, screen: _Screen, look: Look, t_ms: int, reason: KeptReason) -> GateDecision:
        tiling, look = screen.tiling, look.copy()
        changed = tiling.strongly_changed(look, screen.last_kept, MIN_PIXELS)
        moving = (t_ms - screen.moved_at) < SETTLE_MS
        self._kept_moving = bool((moving & changed).any())
        whole = not self._recent
        found = perceptual_hash(look.y)
        if reason in ("changed", "settled") and self._seen_before(tiling, look, found):
            reason = "returned"
        self._recent.append((found, look))
        screen.reference = look.patched(screen.reference, moving, tiling) if moving.any() else look
        screen.held_back = moving
        screen.last_kept = look
        self._tokens.take(t_ms)
        boxes = () if whole else tiling.boxes(changed)
        distance = 1.0 if whole else round(float(changed.mean()), 4)
        return GateDecision(t_ms, reason, distance, boxes)

    def _seen_before(self, tiling: Tiling, look: Look, found: imagehash.ImageHash) -> bool:
        """Is this an earlier kept screen again? The hash finds it, the tiles confirm it."""
        return any(
            found - earlier <= THRESHOLD
            and tiling.strongly_changed(look, picture, MIN_PIXELS).sum() <= 2  # noqa: PLR2004
            for earlier, picture in list(self._recent)[:-1]
        )


def _news(differs: Tiles, still_ms: NDArray[np.int64], restless: Tiles) -> tuple[bool, bool]:
    """Did a change come to rest; is one coming to rest while it goes on beside (scrolling text)?"""
    count, labels, stats, _ = components(differs)
    small = (stats[:, 2] <= SMALL_TILES[0]) & (stats[:, 3] <= SMALL_TILES[1])
    line = stats[:, 3] <= LINE_TILES
    needed = np.where(line[labels], SETTLE_LINE_MS, SETTLE_MS)
    needed = np.where(small[labels], SETTLE_SMALL_MS, needed)
    needed = np.where(restless, SETTLE_RESTLESS_MS, needed)
    rests = np.bincount(labels[still_ms >= needed], minlength=count)[1:] > 0
    moves = np.bincount(labels[(still_ms < SETTLE_MS) & ~restless], minlength=count)[1:] > 0
    return bool((rests & ~moves).any()), bool((rests & moves).any())
