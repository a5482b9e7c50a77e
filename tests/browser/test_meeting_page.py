"""A person joins a live meeting by its link, on the whole cluster with a real livekit-server."""

import re
from collections.abc import AsyncIterator
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from support.browser import PHONE, Complaints, axe_findings, chromium, serious
from support.eventually import eventually
from support.livekit.cluster import LiveCluster
from support.livekit.page import (
    Signalling,
    decoded,
    guest,
    is_audible,
    join,
    open_shared_tab,
    talking_chromium,
    write_wav,
)
from support.media.sample import add_sample_documents
from support.media.sounds import spoken

pytestmark = [
    pytest.mark.browser,
    pytest.mark.live,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(400),
    pytest.mark.xdist_group("browser"),
]

QUESTION = "Parley, what does the error on the screen say?"
PARLEY_TIMEOUT_MS = 60_000
ANSWERED_TIMEOUT_MS = 90_000
HEARD_TIMEOUT_S = 60
GIVEN_UP_TIMEOUT_MS = 150_000
"""LiveKit's client tries ten times by itself, for about 45 seconds."""


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def talker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """A browser whose microphone asks the question whenever it is opened."""
    says = write_wav(tmp_path_factory.mktemp("voice") / "ask.wav", await spoken(QUESTION))
    async with talking_chromium(says) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def ann(talker: Browser) -> AsyncIterator[BrowserContext]:
    context = await guest(talker)
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def ben(talker: Browser) -> AsyncIterator[BrowserContext]:
    context = await guest(talker)
    yield context
    await context.close()


async def test_the_door_says_what_parley_does_and_shows_that_the_microphone_hears(
    live: LiveCluster, ann: BrowserContext
) -> None:
    room = await live.open_room("Weekly <b>review</b>")
    page = await ann.new_page()
    complaints = Complaints(page)
    await page.goto(room["join_url"])
    await expect(page.locator("h1")).to_have_text("Weekly <b>review</b>")
    await expect(page.locator(".told")).to_contain_text("It hears what is said")
    await expect(page.locator(".told")).to_contain_text("It sees the screen that is shared")
    await expect(page.get_by_role("meter")).not_to_have_attribute("aria-valuenow", "0")
    await expect(page.get_by_role("combobox", name="Microphone")).to_be_visible()
    assert serious(await axe_findings(page)) == []
    await page.get_by_role("button", name="Join", exact=True).click()
    await expect(page.locator(".error")).to_have_text("Tell the others your name.")
    assert complaints.said == []


async def test_where_the_tenant_demands_it_nobody_joins_without_consent(
    live: LiveCluster, ann: BrowserContext
) -> None:
    await live.configure(consent=True)
    try:
        room = await live.open_room("With consent")
        page = await ann.new_page()
        await page.goto(room["join_url"])
        await page.get_by_label("Your name").fill("Ann")
        join_button = page.get_by_role("button", name="Join", exact=True)
        await join_button.click()
        await expect(page.locator(".error")).to_contain_text("Without your consent")
        async with live.client() as client:
            assert (await client.get(f"/v1/rooms/{room['room']}")).json()["people"] == 0
        await page.get_by_label("I agree that Parley hears me").check()
        await join_button.click()
        await expect(page.locator("#connection")).to_have_text("Connected")
    finally:
        await live.configure(consent=False)


@pytest.mark.parametrize(
    ("invite", "sentence"),
    [("#invite=wrong", "This invitation is not valid"), ("", "This address holds no invite")],
)
async def test_a_wrong_invite_opens_nothing_and_says_so(
    live: LiveCluster, ann: BrowserContext, invite: str, sentence: str
) -> None:
    page = await ann.new_page()
    await page.goto(f"{live.url}/meet{invite}")
    await expect(page.get_by_role("alert")).to_contain_text(sentence)
    await expect(page.get_by_label("Your name")).to_have_count(0)
    assert serious(await axe_findings(page)) == []


async def test_without_a_microphone_or_leave_to_use_it_one_joins_and_is_told_why(
    live: LiveCluster, talker: Browser
) -> None:
    room = await live.open_room("Silent")
    refused = await talker.new_context()  # nothing was granted
    page = await refused.new_page()
    await page.goto(room["join_url"])
    await expect(page.locator(".warning")).to_contain_text(
        "does not let this page use a microphone"
    )
    await page.get_by_label("Your name").fill("Ann")
    await page.get_by_role("button", name="Join", exact=True).click()
    await expect(page.locator("#connection")).to_have_text("Connected")
    await page.get_by_role("button", name="Unmute").click()
    await expect(page.locator(".warning")).to_contain_text(
        "does not let this page use a microphone"
    )
    await refused.close()
    async with chromium() as bare:  # on a machine that has no microphone
        context = await guest(bare)
        page = await context.new_page()
        await page.goto(room["join_url"])
        await expect(page.locator(".warning")).to_contain_text("No microphone was found")


async def test_a_whole_meeting_is_heard_seen_answered_and_shown(
    live: LiveCluster, ann: BrowserContext
) -> None:
    async with live.client() as client:
        await add_sample_documents(client)
    room = await live.open_room("Payments")
    await open_shared_tab(ann)
    page = await ann.new_page()
    complaints = Complaints(page)
    await join(page, room["join_url"], "Ann")
    await expect(page.locator(".agent")).to_have_text("Parley listens", timeout=PARLEY_TIMEOUT_MS)
    await sees_the_shared_tab(page)
    await answers_aloud_about_it(page)
    await answers_in_writing(page)
    await page.get_by_role("button", name="Leave").click()
    await expect(page.locator("h1")).to_have_text("You left the meeting")
    assert complaints.said == []
    ours = {urlsplit(live.url).netloc, urlsplit(live.livekit_url or "").netloc, ""}
    assert {urlsplit(url).netloc for url in complaints.asked} <= ours


async def sees_the_shared_tab(page: Page) -> None:
    await page.get_by_role("button", name="Share screen").click()
    await expect(page.locator(".stage-box")).to_contain_text("You share your screen")
    await expect(page.locator(".eyes .read-text")).to_contain_text(
        "PAY-4012", timeout=ANSWERED_TIMEOUT_MS
    )
    assert await decoded(page, ".eyes img")


async def answers_aloud_about_it(page: Page) -> None:
    await page.get_by_role("button", name="Unmute").click()
    turn = page.locator(".turn", has_text="error on the screen")
    await expect(turn.locator(".speaker")).to_have_text("Ann", timeout=ANSWERED_TIMEOUT_MS)
    await eventually(lambda: is_audible(page), timeout_s=HEARD_TIMEOUT_S)
    words = turn.locator(".answer .words")
    await expect(words).to_contain_text("incomplete", timeout=ANSWERED_TIMEOUT_MS)
    await expect(turn.locator(".spent")).to_have_text(re.compile(r"\d m?s.* sure"))
    # The ledger is some seconds behind.
    await expect(turn.locator(".price")).to_contain_text("answered $", timeout=ANSWERED_TIMEOUT_MS)
    await expect(page.locator("#meeting-price")).to_contain_text("so far")
    source = turn.locator(".chip.screen").first
    await source.click()
    assert await decoded(page, "dialog img")
    await expect(page.locator("dialog blockquote")).to_contain_text("4012")
    assert serious(await axe_findings(page)) == []
    await page.keyboard.press("Escape")
    await expect(source).to_be_focused()


async def answers_in_writing(page: Page) -> None:
    await page.get_by_label("Write to everybody").fill("How long are deleted invoices kept?")
    await page.keyboard.press("Enter")
    turn = page.locator(".turn", has_text="How long are deleted invoices kept?")
    words = turn.locator(".answer .words")
    await expect(words).to_contain_text("90 days", timeout=ANSWERED_TIMEOUT_MS)
    await turn.locator(".chip.passage").first.click()
    await expect(page.locator("dialog h2")).to_contain_text("refunds-and-data.html")
    await expect(page.locator("dialog blockquote")).to_contain_text("90 days")
    await page.keyboard.press("Escape")
    # Question and answer came by chat as well: each stands once.
    await expect(page.locator(".lines li", has_text="deleted invoices kept?")).to_have_count(1)
    await expect(page.locator(".lines li", has_text="90 days")).to_have_count(1)
    assert serious(await axe_findings(page)) == []


async def test_two_people_see_who_speaks_and_what_is_written_as_text(
    live: LiveCluster, ann: BrowserContext, ben: BrowserContext
) -> None:
    room = await live.open_room("Two")
    page, other = await ann.new_page(), await ben.new_page()
    await join(page, room["join_url"], "<i>Ann</i>")
    await join(other, room["join_url"], "Ben")
    await expect(other.locator(".person")).to_have_count(3, timeout=PARLEY_TIMEOUT_MS)  # and Parley
    await expect(other.locator(".person-name").filter(has_text="Ann")).to_have_text("<i>Ann</i>")
    await page.get_by_role("button", name="Unmute").click()
    await expect(other.locator(".person", has_text="Ann")).to_have_attribute(
        "data-speaking", "true"
    )
    await open_shared_tab(ben)
    await other.get_by_role("button", name="Share screen").click()
    await expect(page.locator(".stage-box")).to_contain_text("Ben shares a screen")
    video = page.locator(".shared video")
    await eventually(lambda: video.evaluate("(one) => one.videoWidth > 640"), timeout_s=30)
    told = "<img src=x onerror=window.ran=1> <script>window.ran=1</script>"
    await page.get_by_label("Write to everybody").fill(told)
    await page.get_by_role("button", name="Send").click()
    for one in (page, other):
        await expect(one.locator(".words", has_text=told).first).to_be_visible()
        assert await one.evaluate("window.ran") is None


async def test_who_joins_reads_what_was_asked_before_it_was_a_meeting_and_is_asked_elsewhere(
    live: LiveCluster, ann: BrowserContext
) -> None:
    async with live.client() as client:
        session = (await client.post("/v1/sessions", json={"title": "Chat"})).json()["session_id"]
        url = f"/v1/sessions/{session}/messages"
        await client.post(url, json={"text": "Who pays for trials?", "speaker": "Cleo"})
        room = await live.open_room(session_id=session)
        page = await ann.new_page()
        await join(page, room["join_url"], "Ann")
        before = page.locator(".turn", has_text="Who pays for trials?")
        await expect(before.locator(".speaker")).to_have_text("Cleo")
        await client.post(url, json={"text": "Is there a discount?", "speaker": "Dora"})
        asked = page.locator(".turn", has_text="Is there a discount?")
        await expect(asked.locator(".speaker")).to_have_text("Dora")
        await expect(asked.locator(".answer .words")).not_to_be_empty(timeout=ANSWERED_TIMEOUT_MS)


async def test_a_guest_reaches_nothing_but_this_meeting(
    live: LiveCluster, ann: BrowserContext
) -> None:
    room, elsewhere = await live.open_room("Here"), await live.open_room("Elsewhere")
    page = await ann.new_page()
    await join(page, room["join_url"], "Ann")
    for path, refused in {
        "/v1/sessions": 401,
        f"/v1/sessions/{elsewhere['session_id']}/events": 401,
        f"/v1/sessions/{room['session_id']}/summary": 401,
        "/v1/knowledge": 401,
        "/v1/rooms": 401,
        f"/v1/meet/frames/{elsewhere['session_id']}/picture": 404,
    }.items():
        status = await page.evaluate("async (path) => (await fetch(path)).status", path)
        assert status == refused, path
    assert await page.evaluate("document.cookie") == ""


async def test_when_the_room_is_deleted_the_page_says_that_it_is_over(
    live: LiveCluster, ann: BrowserContext
) -> None:
    room = await live.open_room("Short")
    page = await ann.new_page()
    await join(page, room["join_url"], "Ann")
    async with live.client() as client:
        assert (await client.delete(f"/v1/rooms/{room['room']}")).status_code == 204
    await expect(page.locator("h1")).to_have_text("The meeting is over")
    await page.reload()
    await expect(page.get_by_role("alert")).to_contain_text("no such room")


async def test_a_restart_of_the_livekit_server_is_shown_and_healed(
    live: LiveCluster, ann: BrowserContext, ben: BrowserContext
) -> None:
    room = await live.open_room("Lost and found")
    page, other = await ann.new_page(), await ben.new_page()
    await join(page, room["join_url"], "Ann")
    await join(other, room["join_url"], "Ben")
    live.livekit.kill()
    await expect(page.locator("#connection")).to_contain_text("Connection lost")
    for one in (page, other):
        await expect(one.locator("#connection")).to_have_text("Connected", timeout=90_000)
        await expect(one.locator(".person")).to_have_count(
            3, timeout=PARLEY_TIMEOUT_MS
        )  # and Parley
    await page.get_by_label("Write to everybody").fill("We are all here again")
    await page.get_by_role("button", name="Send").click()
    await expect(other.locator(".words", has_text="We are all here again").first).to_be_visible()


async def test_while_the_livekit_server_is_away_the_door_says_so_and_then_lets_in(
    live: LiveCluster, ann: BrowserContext
) -> None:
    room = await live.open_room("Soon")
    page = await ann.new_page()
    await page.goto(room["join_url"])
    await page.get_by_label("Your name").fill("Ann")
    server = live.livekit
    server.suspend()
    try:
        await page.get_by_role("button", name="Join", exact=True).click()
        await expect(page.locator(".error")).to_contain_text("LiveKit does not answer")
    finally:
        server.resume()
    await page.get_by_role("button", name="Join", exact=True).click()
    await expect(page.locator("#connection")).to_have_text("Connected")


async def test_when_livekit_gives_up_the_page_comes_back_with_a_new_token(
    live: LiveCluster, ann: BrowserContext
) -> None:
    room = await live.open_room("Long outage")
    await open_shared_tab(ann)
    page = await ann.new_page()
    line = Signalling()
    await line.watch(page, live.livekit_url or "")
    await join(page, room["join_url"], "Ann", microphone=True)
    await page.get_by_role("button", name="Share screen").click()
    await expect(page.locator(".stage-box")).to_contain_text("You share your screen")
    async with page.expect_response("**/v1/meet/token", timeout=GIVEN_UP_TIMEOUT_MS) as asked:
        await line.cut()
        await expect(page.locator("#connection")).to_contain_text("Connection lost")
    assert (await asked.value).status == 200
    line.mend()
    await expect(page.locator("#connection")).to_have_text("Connected")
    await expect(page.get_by_role("button", name="Mute", exact=True)).to_be_visible()
    await expect(page.locator(".warning")).to_contain_text("Your screen is no longer shared")
    await expect(page.locator(".person", has_text="Ann")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_phone_and_a_keyboard_are_enough(
    live: LiveCluster, talker: Browser, scheme: Literal["light", "dark"]
) -> None:
    room = await live.open_room("On the way")
    context = await guest(talker, size=PHONE, scheme=scheme)
    page = await context.new_page()
    await page.goto(room["join_url"])
    await expect(page.get_by_label("Your name")).to_be_focused()
    assert serious(await axe_findings(page)) == []
    await page.keyboard.type("Ann")
    await page.keyboard.press("Enter")
    await expect(page.locator("#connection")).to_have_text("Connected")
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    assert serious(await axe_findings(page)) == []
    mute = page.get_by_role("button", name="Mute", exact=True)
    await expect(mute).to_be_enabled()
    await mute.focus()
    await page.keyboard.press("Space")
    await expect(page.get_by_role("button", name="Unmute")).to_be_visible()
    await context.close()


async def test_the_live_page_starts_a_meeting_and_shows_its_session(
    live: LiveCluster, talker: Browser, ann: BrowserContext
) -> None:
    owner = await talker.new_context(viewport={"width": 1440, "height": 900})
    page = await owner.new_page()
    complaints = Complaints(page)
    async with live.client() as client:
        quiet = (await client.post("/v1/sessions", json={"title": "Quiet"})).json()["session_id"]
    await page.goto(f"{live.page}&session={quiet}")
    await expect(page.locator("#title")).to_have_text("Quiet")
    await page.get_by_role("button", name="Start a meeting").click()
    await page.get_by_label("What is it about?").fill("Planning")
    await page.get_by_role("button", name="Start", exact=True).click()
    link = await page.locator("#meeting-link").input_value()
    assert serious(await axe_findings(page)) == []
    await expect(page.locator("#title")).to_have_text("Planning")
    await page.keyboard.press("Escape")

    guest_page = await ann.new_page()
    await join(guest_page, link, "Ann")
    await expect(page.locator("#meeting-state")).to_have_text("Live", timeout=PARLEY_TIMEOUT_MS)
    await guest_page.get_by_label("Write to everybody").fill("Is there a trial?")
    await guest_page.keyboard.press("Enter")
    turn = page.locator(".turn", has_text="Is there a trial?")
    await expect(turn.locator(".speaker")).to_have_text("Ann", timeout=ANSWERED_TIMEOUT_MS)
    await page.get_by_role("button", name="Invite people").click()
    again: dict[str, Any] = {"session_id": page.url.partition("session=")[2]}
    async with live.client() as client:
        room = (await client.post("/v1/rooms", json=again)).json()
    await expect(page.locator("#meeting-link")).to_be_visible()
    assert room["session_id"] == again["session_id"]
    assert complaints.said == []
    await owner.close()
