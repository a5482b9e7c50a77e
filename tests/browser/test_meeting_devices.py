"""Loudspeaker, camera and microphones of who joins a meeting."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from livekit import rtc
from playwright.async_api import Browser, Page, expect

from cli.bench.meeting.participant import in_room
from support.browser import axe_findings, serious
from support.eventually import eventually
from support.livekit.cluster import LiveCluster
from support.livekit.page import guest, join, sent, talking_chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.live,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("browser"),
]

VOICE_TIMEOUT_S = 60
WITHIN_S = 30
CAMERAS = ("microphone", "camera")


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def beeper() -> AsyncIterator[Browser]:
    """A browser with a camera and several microphones, all of which beep."""
    async with talking_chromium() as browser:
        yield browser


_WATCH = """async () => { const soon = (go) => setTimeout(go, 100);
  while (navigator.userActivation.isActive) await new Promise(soon);
  const look = () => document.querySelector(".start-audio")?.checkVisibility()
    ? window.refused() : soon(look);
  look(); }"""


async def watched_for_silence(page: Page) -> asyncio.Event:
    """Set when the page says that it may not play; until then it must be asked nothing.

    A click, and whatever Playwright asks a page, is a gesture: for five seconds all is played.
    """
    refused = asyncio.Event()
    await page.expose_function("refused", refused.set)  # pyright: ignore[reportUnknownMemberType] -- takes any callback
    await page.evaluate(_WATCH)
    return refused


async def plays(page: Page) -> bool:
    """Whether every voice that came is played, and one did."""
    return await page.evaluate(
        "() => { const all = [...document.querySelectorAll('audio')]"
        ".filter((one) => one.srcObject);"
        " return all.length > 0 && all.every((one) => !one.paused) }"
    )


async def test_where_the_browser_plays_nothing_unasked_a_button_turns_the_sound_on(
    live: LiveCluster, beeper: Browser
) -> None:
    room = await live.open_room("Quiet")
    async with talking_chromium(None, "--autoplay-policy=user-gesture-required") as strict:
        page = await (await guest(strict)).new_page()
        await join(page, room["join_url"], "Ann")
        refused = await watched_for_silence(page)
        turn_on = page.get_by_role("button", name="Turn the sound on")
        ben = await guest(beeper)
        await join(await ben.new_page(), room["join_url"], "Ben", microphone=True)
        async with asyncio.timeout(VOICE_TIMEOUT_S):
            await refused.wait()
        await expect(turn_on).to_be_visible()
        assert not await plays(page)
        assert serious(await axe_findings(page)) == []
        await turn_on.click()
        await eventually(lambda: plays(page), timeout_s=WITHIN_S)
        await expect(turn_on).to_be_hidden()
        await ben.close()


async def test_a_camera_that_the_tenant_allows_is_shown_to_the_others(
    live: LiveCluster, beeper: Browser
) -> None:
    await live.configure(camera=True)
    try:
        room = await live.open_room("Faces")
        ann, ben = await guest(beeper, allows=CAMERAS), await guest(beeper)
        page, other = await ann.new_page(), await ben.new_page()
        await join(page, room["join_url"], "Ann")
        await join(other, room["join_url"], "Ben")
        await page.get_by_role("button", name="Camera on").click()
        seen = other.locator(".person", has_text="Ann").locator("video")
        await eventually(lambda: seen.evaluate("(one) => one.videoWidth > 0"), timeout_s=WITHIN_S)
        assert serious(await axe_findings(other)) == []
        await page.get_by_role("button", name="Camera off").click()
        await expect(seen).to_have_count(0)
        await other.get_by_role("button", name="Camera on").click()
        await expect(other.locator(".warning")).to_contain_text("let this page use a camera")
        await ann.close()
        await ben.close()
    finally:
        await live.configure(camera=False)


async def test_without_the_tenants_leave_there_is_no_camera_and_none_gets_through(
    live: LiveCluster, beeper: Browser
) -> None:
    room = await live.open_room("No faces")
    context = await guest(beeper, allows=CAMERAS)
    page = await context.new_page()
    await join(page, room["join_url"], "Ann")
    await expect(page.get_by_role("button", name="Share screen")).to_be_enabled()
    await expect(page.get_by_role("button", name="Camera on")).to_have_count(0)
    # Somebody with a program of their own and the same ticket.
    ticket = await live.join(room, "Mallory")
    async with in_room(ticket["livekit_url"], ticket["token"]) as mallory:
        track = rtc.LocalVideoTrack.create_video_track("face", rtc.VideoSource(640, 360))
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA)
        with pytest.raises(rtc.participant.PublishTrackError):
            await mallory.room.local_participant.publish_track(track, options)
        await expect(page.locator(".person", has_text="Mallory")).to_be_visible()
        await expect(page.locator(".person video")).to_have_count(0)
    await context.close()


async def test_the_microphone_that_is_chosen_is_the_one_that_is_heard_and_is_remembered(
    live: LiveCluster, beeper: Browser
) -> None:
    room = await live.open_room("Two microphones")
    context = await guest(beeper)
    page = await context.new_page()
    await page.goto(room["join_url"])
    await page.get_by_label("Your name").fill("Ann")
    menu = page.get_by_role("combobox", name="Microphone")
    await menu.select_option(label="Fake Audio Input 2")
    await expect(page.get_by_role("meter")).not_to_have_attribute("aria-valuenow", "0")
    await page.get_by_role("button", name="Join", exact=True).click()
    await expect(page.get_by_role("button", name="Mute", exact=True)).to_be_visible()
    await eventually(lambda: sent(page), equals=["audio: Fake Audio Input 2"], timeout_s=WITHIN_S)
    await page.get_by_text("Devices").click()
    await expect(menu.locator("option:checked")).to_have_text("Fake Audio Input 2")
    assert serious(await axe_findings(page)) == []
    await menu.select_option(label="Fake Audio Input 1")
    await eventually(lambda: sent(page), equals=["audio: Fake Audio Input 1"], timeout_s=WITHIN_S)
    await expect(menu.locator("option:checked")).to_have_text("Fake Audio Input 1")
    await page.reload()
    await expect(menu.locator("option:checked")).to_have_text("Fake Audio Input 1")
    await context.close()
