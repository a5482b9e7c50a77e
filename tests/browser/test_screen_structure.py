"""A person points at a frame's picture and is told what each text on it was taken for."""

from collections.abc import AsyncIterator
from io import BytesIO

import pytest
import pytest_asyncio
from PIL import Image, ImageDraw
from playwright.async_api import Browser, Page, Route, expect

from contracts.feed import FEED_ENTRY, Described, FeedEntry, Framed
from contracts.http import KeptFrame, Sessions, SessionState, Snapshot
from contracts.ids import EventId, SessionId
from contracts.vision import ScreenStructure
from runtime.ids import new_id
from support.browser import PHONE, Complaints, axe_findings, serious, visitor
from support.gateway import meetings
from support.gateway.watching import Cluster
from support.screens import ScreenBuilder

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("browser"),
]

SIZE = (1280, 720)
SESSION = SessionState(
    session_id=SessionId(new_id()), title="Till", state="open", opened_at=meetings.NOON
)
MARKUP = "<img src=x onerror=window.ran=1>"
CAPTION = "#picture .seen-caption"


def a_till(total: str, apples: str) -> ScreenStructure:
    screen = ScreenBuilder()
    heading = screen.heading("Register 4", 80, 40)
    screen.pair("Total due", total, 900, 480, heading)
    screen.table(
        [["Item", "Weight", "Price"], ["Apples", "2 kg", apples], ["Pears", "1 kg", "3.10"]],
        80,
        120,
    )
    screen.text(MARKUP, 80, 620)
    return screen.build()


TILLS = {
    10_000: a_till("14.20", "4.80"),
    70_000: a_till("19.90", "4.80"),
    90_000: None,  # as of a writer that made none
    95_000: a_till("19.90", "4.80"),
}


def a_picture() -> bytes:
    picture = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(picture)
    for cell in a_till("19.90", "4.80").cells:
        draw.text((cell.box.x, cell.box.y), cell.text, fill="black", font_size=18)
    written = BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


def told() -> list[FeedEntry]:
    entries: list[FeedEntry] = []
    for at, structure in TILLS.items():
        frame = meetings.kept(at)
        entries.append(Framed(event_id=EventId(new_id()), frame=frame))
        entries.append(
            Described(
                event_id=EventId(new_id()),
                frame_id=frame.frame_id,
                shown_at_ms=at,
                structure=structure,
            )
        )
    return entries


def as_feed() -> str:
    return "".join(
        f"id: {place}-0\nevent: {entry.kind}\ndata: {FEED_ENTRY.dump_json(entry).decode()}\n\n"
        for place, entry in enumerate(told(), 1)
    )


async def play(page: Page, cluster: Cluster, feed: str) -> None:
    """The cluster's page, of a session whose feed is what the test says."""

    async def events(route: Route) -> None:
        missed = "last-event-id" not in route.request.headers
        await route.fulfill(content_type="text/event-stream", body=feed if missed else ":\n\n")

    async def listed(route: Route) -> None:
        await route.fulfill(json=Sessions(sessions=(SESSION,), next=None).model_dump(mode="json"))

    async def nothing(route: Route) -> None:
        await route.fulfill(status=404, json={"detail": "not told here"})

    async def picture(route: Route) -> None:
        await route.fulfill(content_type="image/png", body=a_picture())

    await page.route("**/v1/sessions?*", listed)
    await page.route("**/v1/sessions/*/events", events)
    await page.route("**/v1/sessions/*/summary", nothing)
    await page.route("**/v1/sessions/*/frames/*", picture)
    await page.goto(cluster.page)
    shown = page.locator("#picture img")
    await expect(shown).to_be_visible()
    assert await shown.evaluate("async (img) => { await img.decode(); return img.naturalWidth }")


async def point_at(page: Page, text: str) -> None:
    """Move the mouse to the middle of a text, by its place in the picture."""
    box = next(one.box for one in a_till("19.90", "4.80").cells if one.text == text)
    area = await page.locator("#picture img").bounding_box()
    assert area is not None
    scale = min(area["width"] / SIZE[0], area["height"] / SIZE[1])
    left = area["x"] + (area["width"] - scale * SIZE[0]) / 2
    top = area["y"] + (area["height"] - scale * SIZE[1]) / 2
    await page.mouse.move(
        left + scale * (box.x + box.width / 2), top + scale * (box.y + box.height / 2)
    )


async def drawn(page: Page, what: str) -> list[float]:
    """x, y, width, height, in pixels of the frame."""
    rect = page.locator(what)
    return [float(await rect.get_attribute(name) or 0) for name in ("x", "y", "width", "height")]


@pytest_asyncio.fixture(loop_scope="session")
async def page(cluster: Cluster, browser: Browser) -> AsyncIterator[Page]:
    context = await visitor(browser)
    page = await context.new_page()
    complaints = Complaints(page)
    await play(page, cluster, as_feed())
    yield page
    assert complaints.said == []
    await context.close()


async def test_a_value_that_is_pointed_at_tells_its_label_heading_and_history(page: Page) -> None:
    await point_at(page, "19.90")
    await expect(page.locator(CAPTION)).to_have_text(
        "19.90 · Total due · under “Register 4” · value · 14.20 until 1:10, 19.90 since 1:10"
    )
    value, pair = await drawn(page, ".outline .cell"), await drawn(page, ".outline .block")
    assert value == pytest.approx([900, 504, 50, 20], abs=20)
    assert pair == pytest.approx([900, 480, 90, 44], abs=20)
    await page.keyboard.press("Escape")
    await expect(page.locator(CAPTION)).to_be_hidden()


async def test_a_table_cell_tells_its_row_and_column(page: Page) -> None:
    await point_at(page, "4.80")
    await expect(page.locator(CAPTION)).to_have_text(
        "4.80 · Apples, Price · table cell · 4.80 since 0:10"
    )
    await page.mouse.move(2, 2)
    await expect(page.locator(CAPTION)).to_be_hidden()
    await expect(page.locator(".outline rect")).to_have_count(0)


async def test_the_keyboard_goes_through_the_same_by_a_list(page: Page) -> None:
    await page.locator("#seen summary").click()
    await page.keyboard.press("Tab")
    cells = page.locator("#seen-cells button")
    await expect(cells.first).to_be_focused()
    await expect(page.locator(CAPTION)).to_have_text("Register 4 · heading · Register 4 since 0:10")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await expect(cells.nth(2)).to_be_focused()
    await expect(cells.nth(2)).to_contain_text("14.20 until 1:10, 19.90 since 1:10")
    await expect(page.locator(CAPTION)).to_have_text(await cells.nth(2).text_content() or "")
    await page.keyboard.press("End")
    await expect(cells.last).to_contain_text(MARKUP)
    await page.keyboard.press("Tab")
    await expect(page.locator(CAPTION)).to_be_hidden()
    assert await page.evaluate("window.ran") is None


async def test_a_frame_without_structure_shows_as_before(page: Page) -> None:
    await expect(page.locator("#seen")).to_be_visible()
    await page.locator("#frames button").nth(2).click()
    await expect(page.locator("#seen")).to_be_hidden()
    await point_at(page, "19.90")
    await expect(page.locator(".seen-caption")).to_have_count(0)
    await page.locator("#frames button").first.click()
    await point_at(page, "19.90")  # 14.20 stands there on this frame
    await expect(page.locator(CAPTION)).to_contain_text("14.20 · Total due")


async def test_what_a_snapshot_brings_is_shown_alike(cluster: Cluster, browser: Browser) -> None:
    whole = Snapshot(
        session=SESSION,
        transcript=(),
        frames=tuple(
            KeptFrame(
                frame_id=meetings.kept(at).frame_id,
                shown_at_ms=at,
                reason="changed",
                lines=(),
                structure=structure,
            )
            for at, structure in TILLS.items()
        ),
        questions=(),
    )
    context = await visitor(browser)
    page = await context.new_page()
    await play(page, cluster, f"event: snapshot\ndata: {whole.model_dump_json()}\n\n")
    await point_at(page, "19.90")
    await expect(page.locator(CAPTION)).to_contain_text("14.20 until 1:10, 19.90 since 1:10")
    await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_caption_and_list_keep_nobody_out(page: Page, scheme: str) -> None:
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.locator("#seen summary").click()
    await point_at(page, "19.90")
    await expect(page.locator(CAPTION)).to_be_visible()
    assert serious(await axe_findings(page)) == []


async def test_a_phone_shows_what_is_tapped_and_does_not_scroll_sideways(
    cluster: Cluster, browser: Browser
) -> None:
    context = await visitor(browser, size=PHONE)
    page = await context.new_page()
    await play(page, cluster, as_feed())
    await page.locator("#seen summary").click()
    await page.locator("#seen-cells button").nth(2).click()
    await expect(page.locator(CAPTION)).to_contain_text("Total due")
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    await context.close()
