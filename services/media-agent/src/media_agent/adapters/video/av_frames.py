"""PyAV's frames as I420 planes, upright, with the range of their luma known."""

from typing import Any, Final, cast

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange

from media_agent.domain.gate.frames import Frame, Plane

PLANAR: Final = {"yuv420p": False, "yuvj420p": True}
"""Formats that are taken as they are -> is luma of full range by name."""


def frame_from_av(frame: VideoFrame, t_ms: int) -> Frame:
    """Planes without a copy where the format allows it; turned as the container says."""
    full_range = PLANAR.get(frame.format.name) or frame.color_range == ColorRange.JPEG
    if frame.format.name not in PLANAR:
        if frame.format.is_rgb or frame.format.has_palette:
            full_range = True
        wanted = ColorRange.JPEG if full_range else ColorRange.MPEG
        frame = frame.reformat(format="yuv420p", dst_color_range=wanted)
    width, height = frame.width, frame.height
    half = (width + 1) // 2, (height + 1) // 2
    planes = (
        _plane(frame, 0, width, height),
        _plane(frame, 1, *half),
        _plane(frame, 2, *half),
    )
    quarters = round(frame.rotation / 90) % 4  # counter-clockwise
    if quarters:
        planes = tuple(np.ascontiguousarray(np.rot90(plane, quarters)) for plane in planes)
    y, u, v = planes
    return Frame(t_ms, y, u, v, full_range)


def _plane(frame: VideoFrame, index: int, width: int, height: int) -> Plane:
    plane = frame.planes[index]
    # It has the buffer protocol, which its annotations do not say; the array keeps it alive.
    rows = np.frombuffer(cast(Any, plane), np.uint8).reshape(-1, plane.line_size)
    return rows[:height, :width]
