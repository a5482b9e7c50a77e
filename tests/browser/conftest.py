"""One browser; a cluster and one meeting that is played through the page, for a file of tests."""

import os
from collections.abc import AsyncIterator, Iterator
from importlib.resources import as_file, files
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from support.browser import CHROMIUM, Complaints, chromium, visitor
from support.gateway.watching import Cluster, Watched
from support.livekit.cluster import LiveCluster, live_cluster
from support.servers import private_data_dir

PLAYED_TIMEOUT_MS = 300_000
INDEXED_TIMEOUT_MS = 120_000


def require_chromium() -> None:
    """Skips where there is none; fails in CI."""
    if not Path(CHROMIUM).exists() and not os.environ.get("CI"):  # noqa: TID251 -- no settings here
        pytest.skip("needs Debian's Chromium: apt-get install --no-install-recommends chromium")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    require_chromium()
    with private_data_dir() as data_dir:
        cluster = Cluster(data_dir)
        yield cluster
        cluster.stop()


@pytest.fixture(scope="module")
def live() -> Iterator[LiveCluster]:
    """A cluster with LiveKit."""
    require_chromium()
    with live_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def sample() -> Iterator[Path]:
    with as_file(files("cli") / "sample") as folder:
        yield folder


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def watched(cluster: Cluster, browser: Browser, sample: Path) -> AsyncIterator[Watched]:
    """The sample's documents and meeting put in through the page, and the meeting watched whole."""
    context = await visitor(browser)
    page = await context.new_page()
    complaints = Complaints(page)
    await page.goto(cluster.page)
    documents = sorted((sample / "knowledge").iterdir())
    await expect(page.locator("#drop")).to_be_visible()
    await page.set_input_files("#files", documents)
    await expect(page.locator(".upload.done")).to_have_count(
        len(documents), timeout=INDEXED_TIMEOUT_MS
    )
    await page.check("#fast")
    await page.set_input_files("#files", sample / "meeting.mp4")
    await expect(page.locator("#meeting-state")).to_contain_text(
        "The meeting ended after", timeout=PLAYED_TIMEOUT_MS
    )
    await expect(page.locator(".turn.pending")).to_have_count(0)
    yield Watched(page, complaints)
    await context.close()
