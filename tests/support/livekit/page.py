"""The meeting page in Chromium: a microphone that says one thing, a tab that can be shared."""

import re
import wave
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final, Literal

import numpy as np
from playwright.async_api import (
    Browser,
    BrowserContext,
    Error,
    Page,
    WebSocketRoute,
    async_playwright,
    expect,
)

from support.browser import ARGUMENTS, CHROMIUM, WIDE, WITHIN_MS, visitor
from support.media.sounds import Samples

SHARED_TITLE: Final = "Pay an invoice"
WAV_HZ: Final = 48_000
VOICE_HZ: Final = 24_000
AUDIBLE: Final = 0.02
"""Of `inbound-rtp.audioLevel`: speech is above, the silence of an open line below."""
TRUSTED: Final = (
    # Not --use-fake-ui-for-media-stream: with it, sharing a tab fails in a headless Chromium.
    "--use-fake-device-for-media-stream",
    f"--auto-select-tab-capture-source-by-title={SHARED_TITLE}",
)
SHARED_TAB: Final = Path(__file__).parent / "shared_tab.html"

_PEERS = """(() => { const Real = RTCPeerConnection; window.peers = [];
window.RTCPeerConnection = class extends Real {
  constructor(...given) { super(...given); window.peers.push(this); } };
})()"""
_HEARD = """async () => { let most = 0;
for (const peer of window.peers) if (peer.connectionState === "connected")
  for (const one of (await peer.getStats()).values())
    if (one.type === "inbound-rtp" && one.kind === "audio")
      most = Math.max(most, one.audioLevel ?? 0);
return most; }"""
_SENT = """() => window.peers.filter((peer) => peer.connectionState === "connected")
  .flatMap((peer) => peer.getSenders()).map((one) => one.track)
  .filter((track) => track?.readyState === "live")
  .map((track) => `${track.kind}: ${track.label}`)"""


def write_wav(path: Path, samples: Samples, *, silence_s: float = 1.5) -> Path:
    """What the fake microphone says, once for each time that it is opened.

    Args:
        path: of the file.
        samples: mono, 24 kHz.
        silence_s: before the words: the first moments of a track may be lost.
    """
    silence = np.zeros(int(silence_s * VOICE_HZ), dtype=np.int16)
    twice = np.repeat(np.concatenate([silence, samples, silence]), WAV_HZ // VOICE_HZ)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(WAV_HZ)
        file.writeframes(twice.tobytes())
    return path


@asynccontextmanager
async def talking_chromium(says: Path | None = None, *more: str) -> AsyncGenerator[Browser]:
    """A Chromium whose microphone plays a file; None: it beeps."""
    voice = [f"--use-file-for-fake-audio-capture={says}%noloop"] if says else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*ARGUMENTS, *TRUSTED, *voice, *more], timeout=WITHIN_MS
        )
        try:
            yield browser
        finally:
            await browser.close()


async def guest(
    browser: Browser,
    *,
    size: tuple[int, int] = WIDE,
    scheme: Literal["light", "dark"] = "light",
    scale: float = 1,
    allows: Sequence[str] = ("microphone",),
) -> BrowserContext:
    """Somebody whose browser may use the microphone, or what else is named."""
    context = await visitor(browser, size=size, scheme=scheme, scale=scale)
    await context.grant_permissions(allows)
    await context.add_init_script(_PEERS)
    return context


async def open_shared_tab(context: BrowserContext) -> Page:
    """The tab that a person of this context shares; the sample's documents explain its error."""
    page = await context.new_page()
    await page.set_content(SHARED_TAB.read_text())
    return page


async def join(page: Page, link: str, name: str, *, microphone: bool = False) -> None:
    """Through the door into the room."""
    await page.goto(link)
    await page.get_by_label("Your name").fill(name)
    await page.get_by_label("Join with your microphone").set_checked(microphone)
    await page.get_by_role("button", name="Join", exact=True).click()
    await expect(page.locator("#connection")).to_have_text("Connected")


async def is_audible(page: Page) -> bool:
    """Whether somebody is heard in it right now."""
    return await page.evaluate(_HEARD) > AUDIBLE


async def sent(page: Page) -> list[str]:
    """What it captures and sends: kind and device of each track."""
    return await page.evaluate(_SENT)


async def decoded(page: Page, picture: str) -> bool:
    """Whether what the selector names is a picture that can be seen."""
    shown = page.locator(picture)
    return await shown.evaluate(
        "async (one) => { await one.decode(); return one.naturalWidth > 0 }"
    )


class Signalling:
    """The page's line to the LiveKit server, which can be cut; sound goes another way."""

    def __init__(self) -> None:
        self._is_cut = False
        self._lines: list[WebSocketRoute] = []

    async def watch(self, page: Page, livekit_url: str) -> None:
        """Before the page joins."""
        await page.route_web_socket(re.compile(re.escape(livekit_url)), self._opened)

    async def cut(self) -> None:
        """Close it, and refuse it until it is mended."""
        self._is_cut = True
        for line in self._lines:
            with suppress(Error):  # closed already
                await line.close(code=1011)
        self._lines.clear()

    def mend(self) -> None:
        self._is_cut = False

    async def _opened(self, line: WebSocketRoute) -> None:
        if self._is_cut:
            await line.close(code=1011)
        else:
            line.connect_to_server()
            self._lines.append(line)
