"""Debian's Chromium, driven by Playwright, and what axe finds on a page."""

from bisect import bisect_right
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, Final, Literal, cast

from axe_playwright_python.async_playwright import (  # pyright: ignore[reportMissingTypeStubs] -- ships none
    Axe,
)
from playwright.async_api import (
    Browser,
    BrowserContext,
    Page,
    Response,
    async_playwright,
    expect,
)

CHROMIUM: Final = "/usr/bin/chromium"
# Without them it looks up its maker's hosts at every start.
ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
WITHIN_MS: Final = 30_000
TOO_MANY: Final = 429
WIDE: Final = (1440, 900)
PHONE: Final = (360, 780)


expect.set_options(timeout=WITHIN_MS)  # a busy machine is no failure


@asynccontextmanager
async def chromium() -> AsyncGenerator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(ARGUMENTS), timeout=WITHIN_MS
        )
        try:
            yield browser
        finally:
            await browser.close()


async def visitor(
    browser: Browser,
    *,
    size: tuple[int, int] = WIDE,
    scheme: Literal["light", "dark"] = "light",
    scale: float = 1,
) -> BrowserContext:
    """Somebody with a browser of their own: no cookie yet."""
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        device_scale_factor=scale,
        locale="en-US",
        timezone_id="UTC",
    )
    context.set_default_timeout(WITHIN_MS)
    return context


class Complaints:
    """What a page complains of, and whom it asks: script errors, refused content, requests."""

    def __init__(self, page: Page) -> None:
        self.said: list[str] = []
        self.asked: set[str] = set()
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("request", lambda request: self.asked.add(request.url))

    def _note(self, kind: str, text: str) -> None:
        # A failed request is said by Chromium, whatever the page makes of it.
        if kind in {"error", "warning"} and "Failed to load resource" not in text:
            self.said.append(text)


class Traffic:
    """What a page asks of the API, and what it is refused for asking too often."""

    def __init__(self, page: Page) -> None:
        self.refused: list[str] = []
        self._asked_at: list[float] = []
        page.on("response", self._note)

    def _note(self, response: Response) -> None:
        if "/v1/" in response.url:
            self._asked_at.append(monotonic())
            if response.status == TOO_MANY:
                self.refused.append(response.url)

    def most_in_a_minute(self) -> int:
        """Of any minute, a sliding window."""
        times = self._asked_at
        return max(bisect_right(times, at + 60) - place for place, at in enumerate(times))


async def axe_findings(page: Page) -> list[str]:
    """Rules that axe finds broken, each with its impact and where; [] when none is."""
    results = await Axe().run(page)  # pyright: ignore[reportUnknownMemberType] -- untyped
    found = cast("list[dict[str, Any]]", results.response["violations"])  # pyright: ignore[reportUnknownMemberType] -- untyped
    return [
        f"{one['impact']}: {one['id']} at {[node['target'] for node in one['nodes']]}"
        for one in found
    ]


def serious(findings: list[str]) -> list[str]:
    """Those that keep somebody out."""
    return [one for one in findings if one.startswith(("serious", "critical"))]
