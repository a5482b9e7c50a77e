"""Take the pictures of docs/pictures that show a live meeting, from a cluster with LiveKit.

Example: PYTHONPATH=tests .venv/bin/python tests/browser/take_meeting_pictures.py \
    http://127.0.0.1:8700 "$(cat DATA_DIR/key)"
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Final

import httpx
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from support.livekit.page import guest, join, open_shared_tab, talking_chromium, write_wav
from support.media.sample import add_sample_documents
from support.media.sounds import spoken

QUESTION: Final = "Parley, what does the error on the screen say?"
WRITTEN: Final = "How long are deleted invoices kept?"
WITHIN_MS: Final = 90_000
PICTURES: Final = Path(__file__).parents[2] / "docs" / "pictures"
WIDE: Final = (1440, 900)
PHONE: Final = (390, 844)
TAB: Final = ViewportSize(width=1280, height=720)
SETTLED_AFTER_MS: Final = 1_000


async def main(url: str, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
        await add_sample_documents(client)
        body = {"title": "Payments, weekly"}
        room = (await client.post("/v1/rooms", json=body)).raise_for_status().json()
    with tempfile.TemporaryDirectory() as folder:
        says = write_wav(Path(folder) / "ask.wav", await spoken(QUESTION))
        async with talking_chromium(says) as browser:
            await _meeting(browser, room["join_url"])


async def _meeting(browser: Browser, link: str) -> None:
    ann, ben, phone = [
        await guest(browser, size=WIDE),
        await guest(browser, size=WIDE),
        await guest(browser, size=PHONE, scale=2),
    ]
    door = await ben.new_page()
    await door.goto(link)
    await door.get_by_label("Your name").fill("Ben Okafor")
    await expect(door.get_by_role("meter")).not_to_have_attribute("aria-valuenow", "0")
    await door.screenshot(path=PICTURES / "meeting-door.png")
    await door.close()

    tab, speaks, looks = await open_shared_tab(ann), await ann.new_page(), await ben.new_page()
    await tab.set_viewport_size(TAB)
    await join(speaks, link, "Ann Alvarez")
    await join(looks, link, "Ben Okafor")
    await expect(looks.locator(".agent")).to_have_text("Parley listens", timeout=WITHIN_MS)
    await speaks.get_by_role("button", name="Share screen").click()
    await _said(looks.locator(".eyes .read-text"), "PAY-4012")
    await looks.get_by_label("Write to everybody").fill(WRITTEN)
    await looks.keyboard.press("Enter")
    await _said(_answer(looks, WRITTEN), "90 days")
    handy = await phone.new_page()
    await join(handy, link, "Cleo")
    await speaks.get_by_role("button", name="Unmute").click()
    await _said(_answer(looks, "error on the screen"), "incomplete")
    await looks.locator("#message").blur()
    await expect(looks.locator(".agent")).to_have_text("Parley speaks")
    await looks.wait_for_timeout(SETTLED_AFTER_MS)
    await looks.screenshot(path=PICTURES / "meeting-light.png")
    await looks.emulate_media(color_scheme="dark")
    await looks.screenshot(path=PICTURES / "meeting-dark.png")
    await handy.screenshot(path=PICTURES / "meeting-phone.png")


def _answer(page: Page, question: str) -> Locator:
    return page.locator(".turn", has_text=question).locator(".answer .words")


async def _said(where: Locator, words: str) -> None:
    await expect(where).to_contain_text(words, timeout=WITHIN_MS)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
