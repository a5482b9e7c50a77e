"""Labelled screen recordings, drawn: what changed, and when, is known exactly."""

import io
from dataclasses import dataclass, field
from random import Random
from typing import Any, cast

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Rgb = NDArray[np.uint8]
"""(height, width, 3)"""
POINTER = [(0, 0), (0, 17), (4, 13), (7, 20), (10, 19), (7, 12), (12, 12)]
CARET_MS = 530


@dataclass
class Page:
    """What a page shows at one moment."""

    slide: int = 0
    prices: list[int] = field(default_factory=lambda: [1249, 380, 96, 2715, 58])
    dot: str = "#1a9c3c"
    error: bool = False
    toast: bool = False
    dialog: bool = False
    ticked: bool = False
    typed: str = ""
    scroll_px: int = 0


@dataclass(frozen=True)
class Recording:
    """Frames as they come, and the labels: (t_ms, what)."""

    frames: list[tuple[int, Rgb]]
    labels: list[tuple[int, str]]


def _text(draw: ImageDraw.ImageDraw, x: int, y: int, text: str, size: int, fill: str) -> None:
    draw.text((x, y), text, fill, font=ImageFont.load_default(size))


def draw_page(page: Page, width: int = 1280, height: int = 720) -> Rgb:
    """A page with a heading, a table of prices, a status dot, a form, and lines of text."""
    image = Image.new("RGB", (width, height), "#ffffff" if page.slide % 2 == 0 else "#20242c")
    ink = "#222222" if page.slide % 2 == 0 else "#e4e6ea"
    draw = ImageDraw.Draw(image)
    _text(draw, 40, 24, f"Quarterly plan, part {page.slide + 1}", 30, ink)
    for row, price in enumerate(page.prices):
        _text(draw, 60, 90 + 26 * row, f"Plan {'ABCDE'[row]} of part {page.slide}", 14, ink)
        _text(draw, 330, 90 + 26 * row, f"$ {price / 100:.2f}", 14, ink)
    draw.ellipse((500, 94, 512, 106), page.dot)
    _text(draw, 520, 92, "Status of the service", 14, ink)
    draw.rectangle((60, 260, 420, 290), outline="#888888")
    _text(draw, 68, 267, page.typed, 14, ink)
    draw.rectangle((60, 310, 74, 324), outline=ink)
    if page.ticked:
        draw.line((62, 316, 66, 322), ink, 2)
        draw.line((66, 322, 73, 311), ink, 2)
    _text(draw, 84, 308, "Send me a copy", 14, ink)
    if page.error:
        _text(draw, 60, 338, "Error: the address is not valid", 13, "#c62828")
    for line in range(60):
        y = 380 + 22 * line - page.scroll_px
        if 370 < y < height - 20:
            words = f"Line {line + 10 * page.slide}: the committee looked at item {line * 7 % 23}"
            _text(draw, 60, y, f"{words} and moved on to the next one.", 13, ink)
    if page.toast:
        draw.rectangle((width - 300, height - 80, width - 30, height - 30), "#2e7d32")
        _text(draw, width - 280, height - 65, "Saved 2 changes", 15, "#ffffff")
    if page.dialog:
        draw.rectangle((width // 2 - 220, 200, width // 2 + 220, 420), "#f2f2f2", "#444444")
        _text(draw, width // 2 - 190, 230, "Delete this order?", 20, "#111111")
        _text(draw, width // 2 - 190, 280, "This cannot be undone.", 14, "#444444")
    return np.asarray(image)


def with_pointer(picture: Rgb, x: int, y: int) -> Rgb:
    """The picture with a mouse pointer on it."""
    image = Image.fromarray(picture)
    shape = [(x + dx, y + dy) for dx, dy in POINTER]
    ImageDraw.Draw(image).polygon(shape, "#000000", "#ffffff")
    return np.asarray(image)


def with_caret(picture: Rgb, t_ms: int, x: int = 70, y: int = 266) -> Rgb:
    """The picture with a caret that is on or off."""
    if t_ms // CARET_MS % 2:
        return picture
    copy = picture.copy()
    copy[y : y + 18, x : x + 2] = 0
    return copy


def mouse_path(random: Random, duration_ms: int, width: int, height: int) -> list[tuple[int, int]]:
    """Position at every millisecond / 10: moves of 0.3-0.9 s, rests of 0.3-2.5 s."""
    path: list[tuple[int, int]] = []
    at = (width // 2, height // 2)
    while len(path) * 10 < duration_ms:
        path += [at] * random.randint(30, 250)
        to = (random.randint(20, width - 40), random.randint(20, height - 40))
        steps = random.randint(30, 90)
        for step in range(steps):
            ease = (1 - np.cos(np.pi * step / steps)) / 2
            path.append((int(at[0] + (to[0] - at[0]) * ease), int(at[1] + (to[1] - at[1]) * ease)))
        at = to
    return path


KINDS = ("price", "price", "dot", "error", "toast", "dialog", "tick", "slide", "type", "scroll")


@dataclass(frozen=True)
class Script:
    """What is to happen: changes of these kinds, so far apart, beside mouse, caret and spinner."""

    seed: int
    duration_ms: int = 60_000
    fps: int = 30
    gap_ms: tuple[int, int] = (2_000, 4_500)
    size: tuple[int, int] = (1280, 720)
    spinner: bool = False
    kinds: tuple[str, ...] = KINDS


def meeting(script: Script) -> Recording:
    """A recording with a moving mouse, a blinking caret, and labelled changes."""
    return _Film(script).shoot()


TYPED = "jane@example.org"[:12]
TYPE_EVERY_MS, SCROLL_FOR_MS = 120, 500


class _Film:
    """One recording in the making."""

    def __init__(self, script: Script) -> None:
        self._script, self._random = script, Random(script.seed)
        self._path = mouse_path(self._random, script.duration_ms, *script.size)
        self._page, self._labels = Page(), list[tuple[int, str]]()
        self._typing_ms: int | None = None
        self._scroll: tuple[int, int, int] | None = None
        self._stale = True
        self._drawn = draw_page(self._page, *script.size)

    def shoot(self) -> Recording:
        plan = self._plan()
        frames: list[tuple[int, Rgb]] = []
        for index in range(self._script.duration_ms * self._script.fps // 1000):
            now = index * 1000 // self._script.fps
            while plan and plan[0][0] <= now:
                self._begin(now, plan.pop(0)[1])
            self._type(now)
            self._roll(now)
            frames.append((now, self._picture(now)))
        return Recording(frames, self._labels)

    def _plan(self) -> list[tuple[int, str]]:
        plan: list[tuple[int, str]] = []
        t = 2_500
        while t < self._script.duration_ms - 3_000:
            plan.append((t, self._random.choice(self._script.kinds)))
            t += self._random.randint(*self._script.gap_ms)
        return plan

    def _begin(self, now: int, kind: str) -> None:
        self._stale = True
        if kind == "type":
            self._page.typed, self._typing_ms = "", now
        elif kind == "scroll":
            self._scroll = (now, self._page.scroll_px, self._random.choice((110, 176)))
        else:
            _change(self._page, kind, self._random)
            self._labels.append((now, kind))

    def _type(self, now: int) -> None:
        if self._typing_ms is None:
            return
        typed = TYPED[: (now - self._typing_ms) // TYPE_EVERY_MS]
        self._stale = self._stale or typed != self._page.typed
        self._page.typed = typed
        if typed == TYPED:
            self._labels.append((now, "typed"))
            self._typing_ms = None

    def _roll(self, now: int) -> None:
        if self._scroll is None:
            return
        began_ms, from_px, by_px = self._scroll
        done = min((now - began_ms) / SCROLL_FOR_MS, 1)
        self._page.scroll_px, self._stale = from_px + int(by_px * done), True
        if done == 1:
            self._page.scroll_px %= 800
            self._labels.append((now, "scrolled"))
            self._scroll = None

    def _picture(self, now: int) -> Rgb:
        if self._stale:
            self._drawn, self._stale = draw_page(self._page, *self._script.size), False
        picture = with_caret(self._drawn, now, 70 + 8 * len(self._page.typed))
        if self._script.spinner:
            picture = _with_spinner(picture, now)
        return with_pointer(picture, *self._path[now // 10])


def _change(page: Page, kind: str, random: Random) -> None:
    if kind == "price":
        row = random.randrange(5)
        page.prices[row] += random.choice((1, 10, -1, 3))
    elif kind == "dot":
        page.dot = "#d0342c" if page.dot == "#1a9c3c" else "#1a9c3c"
    elif kind == "slide":
        page.slide += 1
    else:
        name = {"tick": "ticked"}.get(kind, kind)
        setattr(page, name, not getattr(page, name))


def _with_spinner(picture: Rgb, now: int) -> Rgb:
    image = Image.fromarray(picture)
    start = now * 360 // 900
    ImageDraw.Draw(image).arc((700, 90, 724, 114), start, start + 90, "#1565c0", 4)
    return np.asarray(image)


def encode(
    frames: list[tuple[int, Rgb]], *, codec: str = "libx264", bit_rate: int = 300_000, fps: int = 30
) -> bytes:
    """A real video file in memory: matroska, 4:2:0, at a low bit rate."""
    file = io.BytesIO()
    height, width = frames[0][1].shape[:2]
    # PyAV's annotations of packets and streams are partial: cast once.
    with cast(Any, av.open(file, "w", format="matroska")) as container:
        stream = container.add_stream(codec, rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = bit_rate
        # The threads of libvpx spin while they wait: on a busy machine two are ten times slower.
        stream.codec_context.thread_count = 1
        if codec == "libx264":
            stream.options = {"preset": "veryfast", "tune": "zerolatency", "g": "150"}
        else:
            stream.options = {"deadline": "realtime", "cpu-used": "8", "g": "300"}
        for t_ms, picture in frames:
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = round(t_ms * fps / 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()
