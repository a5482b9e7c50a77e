"""The real model behind the port, on pictures as the media agent makes them."""

import os
import threading
from collections.abc import AsyncIterator

import numpy as np
import pytest
import simplejpeg  # pyright: ignore[reportMissingTypeStubs]  # typed, but not marked as such

from contracts.errors import RejectedError
from contracts.media import FrameKept
from contracts.vision import ScreenLine
from runtime.clock import SystemClock
from support.bus import a_frame
from support.media.screens import Page, Rgb, draw_page
from vision_worker.adapters.local_ocr import LocalOcr


@pytest.fixture
async def ocr() -> AsyncIterator[LocalOcr]:
    async with LocalOcr(SystemClock(), niceness=7, timeout_s=30) as ocr:
        yield ocr


def jpeg(picture: Rgb) -> bytes:
    encoded = simplejpeg.encode_jpeg(np.ascontiguousarray(picture), 85, colorsubsampling="420")
    return bytes(encoded)


def frame(width: int = 1280, height: int = 720) -> FrameKept:
    return a_frame().data.model_copy(update={"width": width, "height": height})


def texts(lines: tuple[ScreenLine, ...]) -> set[str]:
    """Without the blank that stands, or not, after a dollar sign: it is a matter of pixels."""
    return {line.text.replace("$ ", "$") for line in lines}


async def test_a_changed_digit_of_a_price_is_read_in_its_row(ocr: LocalOcr) -> None:
    page = Page(prices=[1249, 380, 96, 2715, 58])
    before = (await ocr.read(await ocr.decode(jpeg(draw_page(page)), frame()))).lines
    page.prices[3] += 10
    after = (await ocr.read(await ocr.decode(jpeg(draw_page(page)), frame()))).lines
    assert texts(before) - texts(after) == {"Plan D of part 0  $27.15"}
    assert texts(after) - texts(before) == {"Plan D of part 0  $27.25"}
    assert [line.box.y for line in after] == sorted(line.box.y for line in after)
    assert all(line.box.x + line.box.width <= 1280 for line in after)


async def test_half_a_jpeg_noise_and_nothing_are_rejected_with_a_reason(ocr: LocalOcr) -> None:
    whole = jpeg(draw_page(Page()))
    for broken in (whole[: len(whole) // 2], b"no picture", b""):
        with pytest.raises(RejectedError, match="no whole JPEG") as raised:
            await ocr.decode(broken, frame())
        assert raised.value.code == "broken_picture"


async def test_a_picture_of_another_size_than_stated_is_rejected(ocr: LocalOcr) -> None:
    with pytest.raises(RejectedError, match="1280x720, the fact says 640x360"):
        await ocr.decode(jpeg(draw_page(Page())), frame(640, 360))


@pytest.mark.usefixtures("ocr")
async def test_reading_is_niced_and_the_event_loop_is_not() -> None:
    threads = {thread.name: thread.native_id for thread in threading.enumerate()}
    ours = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    (reading,) = (native for name, native in threads.items() if name.startswith("ocr"))
    assert reading is not None
    assert os.getpriority(os.PRIO_PROCESS, reading) == 7
    assert ours < 7
