from itertools import pairwise
from pathlib import Path

import imagehash
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from contracts.media import Box
from media_agent.domain.gate.frames import Frame, Gate, GateDecision, Picture, Sampling
from media_agent.domain.gate.gates import new_gate
from media_agent.domain.gate.hashing import HashGate, perceptual_hash
from media_agent.domain.gate.tile_gate import TileGate
from media_agent.domain.gate.tiling import STRONG_LUMA, Tiling
from media_agent.main.recordings import open_recording
from support.media.screens import Page, Rgb, draw_page, encode

WIDTH, HEIGHT = 320, 192


def frame(
    t_ms: int,
    grey: int = 200,
    marks: list[tuple[int, int, int, int, int]] | None = None,
    v: int | None = None,
) -> Frame:
    """A grey screen with rectangles (x, y, width, height, luma), and maybe a red dot."""
    y = np.full((HEIGHT, WIDTH), grey, np.uint8)
    for left, top, width, height, luma in marks or []:
        y[top : top + height, left : left + width] = luma
    u = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)
    red = u.copy()
    if v is not None:
        red[40:46, 60:66] = v
    return Frame(t_ms, y, u, red, full_range=True)


def shown(gate: Gate, frames: list[Frame]) -> list[GateDecision]:
    return [kept for one in frames if (kept := gate.look(one)) is not None]


def times(until_ms: int, fps: int = 30) -> list[int]:
    return [index * 1000 // fps for index in range(until_ms * fps // 1000)]


def test_the_first_frame_is_always_kept() -> None:
    (kept,) = shown(TileGate(), [frame(0)])
    assert (kept.reason, kept.t_ms, kept.changed) == ("first", 0, ())


def test_a_screen_that_stands_still_is_never_kept_again() -> None:
    assert len(shown(TileGate(), [frame(t) for t in times(90_000, fps=5)])) == 1


def test_a_small_mark_that_stays_is_kept_within_a_second_with_its_place() -> None:
    mark = [(100, 80, 6, 9, 20)]
    kept = shown(TileGate(), [frame(t, marks=mark if t >= 3_000 else []) for t in times(6_000)])
    assert [one.reason for one in kept] == ["first", "changed"]
    assert 3_000 <= kept[1].t_ms <= 4_000
    (box,) = kept[1].changed
    assert box == Box(x=96, y=80, width=16, height=16)
    assert 0 < kept[1].distance < 0.05


def test_a_dot_that_changes_only_its_colour_is_kept() -> None:
    kept = shown(TileGate(), [frame(t, v=90 if t < 3_000 else 180) for t in times(6_000)])
    assert [one.reason for one in kept] == ["first", "changed"]


def test_a_blinking_caret_is_never_kept() -> None:
    frames = [frame(t, marks=[(50, 50, 2, 14, 0)] if t // 530 % 2 else []) for t in times(30_000)]
    assert len(shown(TileGate(), frames)) == 1


def test_a_mouse_that_moves_and_rests_is_never_kept() -> None:
    def at(t: int) -> tuple[int, int]:
        moves, within = divmod(t, 3_000)
        from_x, to_x = (20, 280) if moves % 2 == 0 else (280, 20)
        done = min(within / 800, 1.0)
        return round(from_x + (to_x - from_x) * done), 60 + round(40 * done)

    frames = [frame(t, marks=[(*at(t), 10, 16, 0)]) for t in times(30_000)]
    assert len(shown(TileGate(), frames)) == 1


def test_a_mark_is_kept_while_the_mouse_moves() -> None:
    def marks(t: int) -> list[tuple[int, int, int, int, int]]:
        pointer = (20 + t // 20 % 250, 20, 10, 16, 0)
        return [pointer, (200, 150, 8, 9, 20)] if t >= 4_000 else [pointer]

    kept = shown(TileGate(), [frame(t, marks=marks(t)) for t in times(8_000)])
    assert any(4_000 <= one.t_ms <= 5_000 for one in kept)


def test_what_changes_for_ever_is_limited() -> None:
    random = np.random.default_rng(3)
    frames = [
        frame(t, marks=[(96, 64, 48, 48, int(random.integers(0, 256)))]) for t in times(60_000, 15)
    ]
    assert len(shown(TileGate(), frames)) <= 10


def test_a_screen_that_comes_back_is_recognised() -> None:
    random = np.random.default_rng(5)
    texture = [random.integers(0, 2, (12, 20)).repeat(16, 0).repeat(16, 1) for _ in range(2)]
    frames: list[Frame] = []
    for t in times(9_000, fps=10):
        page = texture[0 if t < 3_000 or t >= 6_000 else 1]
        y = np.ascontiguousarray(page[:HEIGHT, :WIDTH] * 200 + 20).astype(np.uint8)
        grey = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)
        frames.append(Frame(t, y, grey, grey, full_range=True))
    assert [one.reason for one in shown(TileGate(), frames)] == ["first", "changed", "returned"]


def test_asked_keeps_what_differs_at_once_and_nothing_twice() -> None:
    gate = TileGate()
    shown(gate, [frame(0)])
    assert gate.keep_for_question(frame(100)) is None
    changed = frame(200, marks=[(100, 80, 6, 9, 20)])
    kept = gate.keep_for_question(changed)
    assert kept is not None
    assert kept.reason == "asked"
    assert gate.keep_for_question(frame(300, marks=[(100, 80, 6, 9, 20)])) is None


def test_a_change_of_the_picture_size_is_a_new_screen() -> None:
    small = Frame(
        5_000,
        np.full((90, 161), 50, np.uint8),
        np.full((45, 81), 128, np.uint8),
        np.full((45, 81), 128, np.uint8),
        full_range=False,
    )
    kept = shown(TileGate(), [frame(0), small])
    assert [(one.reason, one.changed) for one in kept] == [("first", ()), ("changed", ())]


@settings(max_examples=25, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.integers(1, 700), st.integers(0, 18), st.integers(0, 255)), max_size=80
    )
)
def test_never_more_than_one_frame_a_second_is_kept(steps: list[tuple[int, int, int]]) -> None:
    t, frames = 0, [frame(0)]
    for gap_ms, column, luma in steps:
        t += gap_ms
        frames.append(frame(t, marks=[(column * 16, 32, 60, 60, luma)]))
    kept = shown(TileGate(), frames)
    assert kept[0].reason == "first"
    gaps = [b.t_ms - a.t_ms for a, b in pairwise(kept)]
    assert all(gap >= 1_000 for gap in gaps)
    assert len(kept) <= 7 + 22 * t / 60_000 + 1


@settings(max_examples=50, deadline=None)
@given(luma=arrays(np.uint8, st.tuples(st.integers(8, 90), st.integers(8, 90))))
def test_the_hash_is_that_of_imagehash(
    luma: np.ndarray[tuple[int, int], np.dtype[np.uint8]],
) -> None:
    assert perceptual_hash(luma) == imagehash.phash(Image.fromarray(luma).convert("RGB"))


@settings(max_examples=20, deadline=None)
@given(seeds=st.lists(st.integers(0, 6), min_size=1, max_size=20))
def test_phash_mode_keeps_what_is_further_than_ten_bits(seeds: list[int]) -> None:
    pictures = [np.random.default_rng(seed // 2).integers(0, 255, (64, 64)) for seed in seeds]
    grey = np.full((32, 32), 128, np.uint8)
    frames = [
        Frame(1_000 * index, picture.astype(np.uint8), grey, grey, full_range=True)
        for index, picture in enumerate(pictures)
    ]
    expected, last = list[tuple[int, float]](), None
    for one in frames:
        found = imagehash.phash(Image.fromarray(one.y))
        if last is None or found - last > 10:
            expected.append((one.t_ms, 0.0 if last is None else float(found - last)))
            last = found
    assert [(kept.t_ms, kept.distance) for kept in shown(HashGate(), frames)] == expected


def test_rate_mode_keeps_whatever_it_is_shown() -> None:
    kept = shown(new_gate("rate"), [frame(t) for t in (0, 2_000, 4_000)])
    assert [(one.t_ms, one.reason) for one in kept] == [(t, "rate") for t in (0, 2_000, 4_000)]


def test_sampling_stays_on_its_grid_whatever_comes() -> None:
    sampling = Sampling()
    assert sum(sampling.takes(t, 30) for t in times(10_000, fps=30)) == 300
    other = Sampling()
    assert sum(other.takes(t, 10) for t in times(10_000, fps=120)) == 100
    late = Sampling()
    assert [late.takes(t, 1) for t in (0, 5_000, 5_100, 6_100)] == [True, True, False, True]


@settings(max_examples=40, deadline=None)
@given(x=st.integers(0, WIDTH - 1), y=st.integers(0, HEIGHT - 1), step=st.integers(1, 120))
def test_a_single_pixel_counts_in_its_own_tile(x: int, y: int, step: int) -> None:
    tiling = Tiling(WIDTH, HEIGHT)
    before = tiling.look(frame(0)).copy()
    after = tiling.look(frame(0, marks=[(x, y, 1, 1, 200 - step)]))
    tiles = tiling.strongly_changed(before, after, 1)
    if step > STRONG_LUMA:
        assert np.argwhere(tiles).tolist() == [[y // 16, x // 16]]
    else:
        assert not tiles.any()


def through_a_codec(path: Path, frames: list[tuple[int, Rgb]], codec: str) -> list[Frame]:
    """Encoded at a low bit rate, decoded, as the gate gets them."""
    path.write_bytes(encode(frames, codec=codec, bit_rate=150_000, fps=10))
    with open_recording(path) as recording:
        return [piece.frame() for piece in recording.pieces() if isinstance(piece, Picture)]


@pytest.mark.parametrize("codec", ["libx264", "libvpx"])
@pytest.mark.parametrize(
    "after",
    [
        Page(prices=[1249, 380, 96, 2715, 59]),
        Page(prices=[1249, 380, 98, 2715, 58]),
        Page(dot="#d0342c"),
        Page(ticked=True),
        Page(error=True),
    ],
    ids=["a digit 8 to 9", "a digit 6 to 8", "a dot", "a tick", "an error line"],
)
def test_small_news_survive_a_codec_at_a_low_bit_rate(
    after: Page, codec: str, tmp_path: Path
) -> None:
    before_picture, after_picture = draw_page(Page(), 640, 360), draw_page(after, 640, 360)
    film = [(t, before_picture if t < 3_000 else after_picture) for t in range(0, 4_500, 100)]
    kept = shown(TileGate(), through_a_codec(tmp_path / "film.mkv", film, codec))
    assert [one for one in kept if 3_000 <= one.t_ms <= 4_000]
    assert len(kept) <= 4
