"""Recordings as they come: whole, odd, broken, and none at all."""

import io
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from contracts.errors import RejectedError
from media_agent.domain.gate.frames import Frame, Picture
from media_agent.domain.recording.pieces import Sound
from media_agent.main.recordings import open_recording, to_jpeg
from support.media.recordings import Samples, write_recording
from support.media.screens import Page, Rgb, draw_page


def tone(seconds: float, rate_hz: int = 24_000) -> Samples:
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    return (np.sin(2 * np.pi * 440 * t) * 12_000).astype(np.int16)


def page(width: int = 320, height: int = 180) -> Rgb:
    return draw_page(Page(), width, height)


def film(seconds: float = 2.0, picture: Rgb | None = None) -> list[tuple[int, Rgb]]:
    shown = page() if picture is None else picture
    return [(t, shown) for t in range(0, int(seconds * 1000), 100)]


def pieces_of(path: Path) -> tuple[list[Picture], list[Sound], int | None]:
    with open_recording(path) as recording:
        pieces = list(recording.pieces())
        assert [piece.t_ms for piece in pieces] == sorted(piece.t_ms for piece in pieces)
        pictures = [piece for piece in pieces if isinstance(piece, Picture)]
        assert recording.seen == len(pictures)
        sounds = [piece for piece in pieces if isinstance(piece, Sound)]
        return pictures, sounds, recording.truncated_at_ms


def test_pictures_and_sound_come_merged_in_order_of_time(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "talk.mp4", film(3.0), tone(3.0))
    pictures, sounds, truncated_at_ms = pieces_of(path)
    assert [picture.t_ms for picture in pictures] == list(range(0, 3_000, 100))
    heard = np.concatenate([sound.samples for sound in sounds])
    assert abs(len(heard) - 3 * 16_000) < 1_600
    assert np.abs(heard[8_000:40_000].astype(int)).max() > 8_000
    assert truncated_at_ms is None


@pytest.mark.parametrize(
    ("name", "pictures", "sound", "note"),
    [
        ("silent.mp4", film(), None, "silent.mp4 has no sound"),
        ("voice.wav", [], tone(2.0), "voice.wav has no picture"),
    ],
)
def test_a_missing_half_is_fine_and_said(
    name: str, pictures: list[tuple[int, Rgb]], sound: Samples | None, note: str, tmp_path: Path
) -> None:
    path = write_recording(tmp_path / name, pictures, sound)
    with open_recording(path) as recording:
        assert (recording.about.has_video, recording.about.has_audio) == (
            bool(pictures),
            sound is not None,
        )
        assert (recording.about.note or "").startswith(note)
        assert abs((recording.about.duration_ms or 0) - 2_000) < 150


@pytest.mark.parametrize("name", ["cut.mp4", "cut.mkv"])
def test_a_file_that_breaks_off_gives_what_there_is_and_says_where(
    name: str, tmp_path: Path
) -> None:
    random = np.random.default_rng(1)
    noisy = [(t, random.integers(0, 255, (90, 160, 3), np.uint8)) for t in range(0, 6_000, 100)]
    path = write_recording(tmp_path / name, noisy, faststart=name.endswith("mp4"))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    pictures, _, truncated_at_ms = pieces_of(path)
    assert 15 < len(pictures) < 45
    if name.endswith("mp4"):  # a Matroska file that was cut has no length to be short of
        assert truncated_at_ms is not None
        assert abs(truncated_at_ms - pictures[-1].t_ms) <= 200


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("noise.mp4", np.random.default_rng(7).bytes(100_000), "is not a recording"),
        ("noise.mp3", np.random.default_rng(8).bytes(100_000), "notes"),
        ("empty.webm", b"", "is empty"),
        ("letter.mp4", b"Dear all,\nthis is a letter.\n" * 200, "is not a recording"),
        ("list.mp4", b"#EXTM3U\n#EXTINF:9,\nhttp://localhost/a.ts\n#EXT-X-ENDLIST\n", "is not"),
        ("parts.mp4", b"ffconcat version 1.0\nfile 'other.mp4'\n", "is not a recording"),
    ],
)
def test_what_is_no_recording_is_rejected_in_one_sentence(
    name: str, content: bytes, says: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(RejectedError) as raised:
        open_recording(path)
    assert raised.value.code == "not_a_recording"
    message = str(raised.value)
    assert message.startswith(f"{name} ")
    assert message.endswith("give a video or sound file such as MP4, WebM or WAV.")
    assert says == "notes" or says in message


def test_an_animation_with_its_own_palette_is_read_in_full_range(tmp_path: Path) -> None:
    frames = [Image.fromarray(draw_page(Page(slide=n), 161, 91)) for n in range(3)]
    path = tmp_path / "demo.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=[100, 500, 200])
    pictures, _, _ = pieces_of(path)
    assert [picture.t_ms for picture in pictures] == [0, 100, 600]
    first = pictures[0].frame()
    assert (first.width, first.height, first.full_range) == (161, 91, True)
    assert first.u.shape == (46, 81)
    assert first.y.max() >= 250


def _jpeg_of(frame: Frame) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(Image.open(io.BytesIO(to_jpeg(frame))).convert("RGB"))


def test_a_picture_of_limited_range_is_expanded_in_its_jpeg(tmp_path: Path) -> None:
    picture = page()
    path = write_recording(tmp_path / "talk.mp4", film(1.0, picture))
    pictures, _, _ = pieces_of(path)
    frame = pictures[-1].frame()
    assert not frame.full_range
    assert np.median(frame.y) == 235  # white
    shown = _jpeg_of(frame)
    assert shown.shape == picture.shape
    assert abs(float(shown.mean()) - float(picture.mean())) < 2
    assert shown.max() >= 253


def test_frames_of_odd_size_stay_whole() -> None:
    y = np.full((91, 161), 128, np.uint8)
    chroma = np.full((46, 81), 128, np.uint8)
    assert _jpeg_of(Frame(0, y, chroma, chroma, full_range=True)).shape == (91, 161, 3)


def test_a_picture_that_lies_on_its_side_is_turned_upright(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "phone.mp4", film(1.0))
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40  # ISO 14496-12, 8.3.2: the matrix of version 0
    one, minus, w = b"\x00\x01\x00\x00", b"\xff\xff\x00\x00", b"\x40\x00\x00\x00"
    zero = bytes(4)
    data[at : at + 36] = zero + one + zero + minus + zero + zero + zero + zero + w
    path.write_bytes(data)
    pictures, _, _ = pieces_of(path)
    frame = pictures[0].frame()
    assert (frame.width, frame.height) == (180, 320)
    # The matrix says 90 degrees clockwise: what was the left edge is on top.
    with av.open(str(path)) as container:
        raw = next(container.decode(video=0)).to_ndarray(format="gray")
    assert np.abs(frame.y[:, ::-1].T.astype(int)[:, :] - raw.astype(int)).mean() < 25


def test_times_of_a_variable_frame_rate_are_kept(tmp_path: Path) -> None:
    times = [0, 33, 66, 1_000, 1_016, 4_000]
    path = write_recording(tmp_path / "talk.mkv", [(t, page()) for t in times])
    pictures, _, _ = pieces_of(path)
    assert [picture.t_ms for picture in pictures] == times
