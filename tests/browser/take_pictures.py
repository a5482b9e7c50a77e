"""Take the pictures of docs/pictures from a running cluster that has played the sample meeting.

Example: PYTHONPATH=tests .venv/bin/python tests/browser/take_pictures.py "http://127.0.0.1:8700/#code=..."
"""

import asyncio
import sys
from pathlib import Path
from typing import Final, Literal, NamedTuple

from playwright.async_api import Page, async_playwright, expect

from support.browser import ARGUMENTS, CHROMIUM, visitor

SETTLED_AFTER_MS: Final = 2_000
PICTURES: Final = Path(__file__).parents[2] / "docs" / "pictures"


class Look(NamedTuple):
    name: str
    size: tuple[int, int]
    scheme: Literal["light", "dark"]
    scale: float = 1


LOOKS: Final = (
    Look("light", (1440, 960), "light"),
    Look("dark", (1440, 960), "dark"),
    Look("phone", (390, 844), "light", 2),
)


async def main(address: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        for look in LOOKS:
            context = await visitor(browser, size=look.size, scheme=look.scheme, scale=look.scale)
            page = await context.new_page()
            await _live(page, address, look)
            if look.name != "phone":
                await page.goto(f"{address.partition('#')[0]}dashboard")
                await expect(page.locator("#questions .plot")).to_be_visible()
                await page.screenshot(path=PICTURES / f"dashboard-{look.name}.png", full_page=True)
            await context.close()
        await browser.close()


async def _live(page: Page, address: str, look: Look) -> None:
    await page.goto(address)
    await expect(page.locator(".turn.answered").first).to_be_visible()
    await expect(page.locator("#totals .figure").nth(5)).to_contain_text("%")
    # The error that only the screen names: an answer that stands on a frame and on a document.
    both = page.locator(".turn", has=page.locator(".chip.screen")).filter(
        has=page.locator(".chip.passage")
    )
    turn = both.first if await both.count() else page.locator(".turn:has(.chip.screen)").first
    await (
        page.locator("#frames li")
        .nth(await page.locator("#frames li").count() // 3)
        .locator("button")
        .click()
    )
    await page.locator("#conversation").evaluate(
        "(box, at) => { box.scrollTop = at }",
        await turn.evaluate("(one) => one.offsetTop - 60"),
    )
    await page.evaluate("scrollTo(0, 0)")
    loaded = (
        "() => [...document.images].filter((one) => one.complete && one.naturalWidth).length > 3"
    )
    await page.wait_for_function(loaded)
    await page.wait_for_timeout(SETTLED_AFTER_MS)
    await page.screenshot(path=PICTURES / f"live-{look.name}.png")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
