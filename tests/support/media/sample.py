"""The sample meeting's screen and documents, for people that a test puts into a live meeting."""

import asyncio
from functools import cache
from importlib.resources import as_file, files
from typing import Any, cast

import av
import httpx

from support.eventually import eventually
from support.media.screens import Rgb

INDEXED_TIMEOUT_S = 120


@cache
def screen_at(at_ms: int) -> Rgb:
    """What the sample meeting shows at that time."""
    with (
        as_file(files("cli") / "sample/meeting.mp4") as path,
        cast(Any, av.open(str(path))) as container,  # PyAV's annotations are partial
    ):
        for frame in container.decode(video=0):
            if frame.time * 1000 >= at_ms:
                return frame.to_ndarray(format="rgb24")
    raise AssertionError(f"the sample is shorter than {at_ms} ms")


async def add_sample_documents(client: httpx.AsyncClient) -> None:
    """Upload all of them, and wait until they are indexed."""
    with as_file(files("cli") / "sample/knowledge") as folder:
        paths = sorted(folder.iterdir())
        contents = [(path.name, await asyncio.to_thread(path.read_bytes)) for path in paths]
    sent = await client.post("/v1/knowledge", files=[("files", one) for one in contents])
    assert sent.is_success, sent.text
    await eventually(
        lambda: _indexed(client), equals=len(contents), timeout_s=INDEXED_TIMEOUT_S, every_s=0.3
    )


async def _indexed(client: httpx.AsyncClient) -> int:
    documents = (await client.get("/v1/knowledge")).raise_for_status().json()["documents"]
    return sum(one["status"] == "indexed" for one in documents)
