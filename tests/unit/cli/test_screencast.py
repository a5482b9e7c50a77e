"""A screen that is encoded once: real VP8, which anybody's decoder shows."""

from typing import Any, cast

import av
import numpy as np

from cli.bench.meeting.encoded_screen import encoded

FPS = 10


def test_an_encoded_screen_is_what_was_painted_from_its_first_frame_alone() -> None:
    black, white = (np.full((120, 160, 3), value, np.uint8) for value in (16, 235))
    clip = encoded([black, white], count=6, fps=FPS)
    decoder = cast("Any", av.CodecContext.create("vp8", "r"))
    shown = [
        float(picture.to_ndarray(format="gray").mean())
        for frame in clip.frames
        for picture in decoder.decode(av.Packet(frame))
    ]
    assert (clip.width, clip.height) == (160, 120)
    assert [level > 128 for level in shown] == [False, True] * 3
