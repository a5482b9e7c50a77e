"""A person watches the sample meeting, asks, uploads, reloads, and loses the connection."""

import json
import re
from math import ceil
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, Route, expect

from contracts.http import Document, Documents, ReadableWarning
from contracts.tenants import PLANS
from support.browser import PHONE, Complaints, Traffic, axe_findings, serious, visitor
from support.gateway.watching import Cluster, Watched

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("browser"),  # one cluster, one meeting, one after the other
]

ANSWERED_TIMEOUT_MS = 60_000
PLAYED_TIMEOUT_MS = 300_000
ASKED_AT_MOST = 4


async def test_every_question_of_the_meeting_is_shown_with_what_its_answer_stands_on(
    watched: Watched, sample: Path
) -> None:
    page = watched.page
    questions: list[dict[str, Any]] = json.loads((sample / "questions.json").read_text())[
        "questions"
    ]
    # The last answers come after the meeting's end.
    await expect(page.locator(".turn").nth(len(questions) - 2)).to_be_attached(
        timeout=ANSWERED_TIMEOUT_MS
    )
    answered = page.locator(".turn.answered:not(.abstained)")
    await expect(answered.nth(ceil(len(questions) / 2) - 1)).to_be_attached(
        timeout=ANSWERED_TIMEOUT_MS
    )
    await expect(page.locator(".turn.pending")).to_have_count(0, timeout=ANSWERED_TIMEOUT_MS)
    for place in range(await answered.count()):
        turn = answered.nth(place)
        await expect(turn.locator(".answer .words").first).not_to_be_empty()
        await expect(turn.locator(".chip").first).to_be_visible()
        await expect(turn.locator(".route > summary")).to_contain_text("sure")
    await expect(page.locator(".utterance .speaker").first).not_to_be_empty()


async def test_totals_are_those_of_the_session(watched: Watched, cluster: Cluster) -> None:
    session_id = watched.page.url.partition("session=")[2]
    headers = {"Authorization": f"Bearer {cluster.key}"}
    async with httpx.AsyncClient(base_url=cluster.url, headers=headers) as client:
        summary = (await client.get(f"/v1/sessions/{session_id}/summary")).json()
    figures = watched.page.locator("#totals .figure")
    await expect(figures.nth(0)).to_have_text(str(summary["frames"]["seen"]))
    await expect(figures.nth(1)).to_have_text(str(summary["frames"]["kept"]))
    await expect(figures.nth(4)).to_contain_text("$0.")
    await expect(figures.nth(5)).to_contain_text("%")
    await expect(watched.page.locator("#frames li")).to_have_count(summary["frames"]["kept"])


async def test_a_kept_frame_says_why_it_was_kept_and_what_it_reads(watched: Watched) -> None:
    page = watched.page
    first = page.locator("#frames button").first
    await first.click()
    await expect(page.locator("#picture-caption")).to_contain_text("the first frame of the meeting")
    picture = page.locator("#picture img")
    assert await picture.evaluate("async (img) => { await img.decode(); return img.naturalWidth }")
    await expect(page.locator("#read-text p").nth(1)).not_to_be_empty()
    await page.locator("#seen summary").click()
    await page.locator("#seen-cells button").first.focus()
    await expect(page.locator("#picture .seen-caption")).to_contain_text(
        re.compile(r"(since|until) \d+:\d\d")
    )
    await expect(page.locator(".outline .cell")).to_have_count(1)
    await first.focus()
    await first.press("ArrowRight")
    await expect(page.locator("#picture-caption")).to_contain_text("frame 2 of")
    await page.click("#back-to-live")
    count = await page.locator("#frames li").count()
    await expect(page.locator("#picture-caption")).to_contain_text(f"frame {count} of {count}")


async def test_a_passage_opens_its_document_at_the_quote(watched: Watched) -> None:
    page = watched.page
    chip = page.locator(".chip.passage").first
    quote = await chip.get_attribute("title")
    await chip.click()
    await expect(page.locator("#source mark")).to_have_text(quote or "")
    around = await page.locator("#source .page-text").text_content()
    assert len(around or "") > len(quote or "")
    await page.keyboard.press("Escape")
    await expect(page.locator("#source")).to_be_hidden()
    await expect(chip).to_be_focused()


async def test_a_screen_source_opens_its_picture(watched: Watched) -> None:
    page = watched.page
    await page.locator(".chip.screen").first.click()
    picture = page.locator("#source img")
    assert await picture.evaluate("async (img) => { await img.decode(); return img.naturalWidth }")
    await expect(page.locator("#source blockquote")).not_to_be_empty()
    await page.keyboard.press("Escape")


async def test_an_answer_tells_its_route(watched: Watched) -> None:
    route = watched.page.locator(".turn.answered .route").first
    await route.locator("summary").click()
    await expect(route.locator("tbody tr").first).to_contain_text("%")
    await expect(route.locator("dt", has_text="total")).to_be_visible()
    await route.locator("summary").click()


async def test_a_written_question_is_answered_in_the_conversation(watched: Watched) -> None:
    page = watched.page
    before = await page.locator(".turn").count()
    await page.fill("#question", "How long are deleted invoices kept?")
    await page.press("#question", "Enter")
    await expect(page.locator("#question")).to_have_value("")
    await expect(page.locator(".turn")).to_have_count(before + 1)
    turn = page.locator(".turn", has_text="How long are deleted invoices kept?").last
    await expect(turn.locator(".answer .words").first).to_contain_text(
        "90 days", timeout=ANSWERED_TIMEOUT_MS
    )
    await expect(page.locator("#announcer")).to_contain_text("90 days")


async def test_a_refused_upload_says_why_and_a_file_name_is_never_markup(
    watched: Watched, tmp_path: Path
) -> None:
    page = watched.page
    name = "<img src=x onerror=window.ran=1>.pdf"
    (tmp_path / name).write_bytes(b"%PDF-1.7\n<script>window.ran=1</script>")
    await page.set_input_files("#files", tmp_path / name)
    refused = page.locator(".upload.rejected")
    await expect(refused).to_have_count(1, timeout=ANSWERED_TIMEOUT_MS)
    await expect(refused.locator(".name")).to_have_text(name)
    await expect(refused.locator(".note")).not_to_be_empty()
    await expect(page.locator("#documents .name", has_text="<img")).to_be_visible()
    assert await page.evaluate("window.ran") is None
    assert await page.locator(".uploads img, .documents img").count() == 0


async def test_answers_and_questions_are_never_markup(watched: Watched, tmp_path: Path) -> None:
    page = watched.page
    told = "The mascot of Harbor is <b id=bold>Gull</b> <script>window.ran=1</script>."
    (tmp_path / "mascot.txt").write_text(f"{told}\n")
    done = await page.locator(".upload.done").count()
    await page.set_input_files("#files", tmp_path / "mascot.txt")
    await expect(page.locator(".upload.done")).to_have_count(done + 1, timeout=ANSWERED_TIMEOUT_MS)
    asked = "<script>window.ran=1</script> What is the mascot of Harbor?"
    await page.fill("#question", asked)
    await page.click("#chat button")
    turn = page.locator(".turn.answered", has_text=asked)
    await expect(turn.locator(".answer .words").first).to_contain_text(
        "Gull", timeout=ANSWERED_TIMEOUT_MS
    )
    assert await page.evaluate("[window.ran, document.getElementById('bold')]") == [None, None]


async def test_what_one_thinks_of_an_answer_is_kept_and_shown_again(
    watched: Watched, cluster: Cluster
) -> None:
    page = watched.page
    turn = page.locator(".turn.answered").first
    await turn.get_by_role("button", name="This answer is wrong").click()
    await expect(turn.locator(".opinion .note")).to_have_text("Noted as wrong.")
    await turn.get_by_label("Comment on this answer").fill("<b>Not</b> what I asked")
    await page.keyboard.press("Enter")
    await expect(turn.locator(".opinion .note")).to_have_text("Noted, with your comment.")
    await expect(turn.get_by_label("Comment on this answer")).to_be_focused()
    await page.reload()
    wrong = page.locator(".turn.answered").first.get_by_role("button", name="answer is wrong")
    await expect(wrong).to_have_attribute("aria-pressed", "true")
    comment = page.locator(".turn.answered").first.get_by_label("Comment on this answer")
    await expect(comment).to_have_value("<b>Not</b> what I asked")
    session_id = page.url.partition("session=")[2]
    headers = {"Authorization": f"Bearer {cluster.key}"}
    async with httpx.AsyncClient(base_url=cluster.url, headers=headers) as client:
        summary = (await client.get(f"/v1/sessions/{session_id}/summary")).json()
    [kept] = [one["feedback"] for one in summary["questions"] if one["feedback"]]
    assert (kept["rating"], kept["comment"]) == ("bad", "<b>Not</b> what I asked")


async def test_a_file_that_is_dropped_on_the_page_is_learnt(
    watched: Watched, tmp_path: Path
) -> None:
    page = watched.page
    (tmp_path / "anchors.txt").write_text("The anchor of Harbor weighs 812 kilograms.\n")
    done = await page.locator(".upload.done").count()
    # As the system's own file manager does it, which no script on a page can.
    devtools = await page.context.new_cdp_session(page)
    dragged = {"items": [], "files": [str(tmp_path / "anchors.txt")], "dragOperationsMask": 1}
    for step in ("dragEnter", "dragOver", "drop"):
        event = {"type": step, "x": 500, "y": 300, "data": dragged}
        await devtools.send("Input.dispatchDragEvent", event)  # pyright: ignore[reportUnknownMemberType] -- plain dicts
        await expect(page.locator("#drop-veil")).to_be_visible(visible=step != "drop")
    await expect(page.locator(".upload.done")).to_have_count(done + 1, timeout=ANSWERED_TIMEOUT_MS)
    await expect(page.locator("#documents .name", has_text="anchors.txt")).to_be_visible()


async def test_what_was_left_out_of_a_document_stands_below_its_name_and_is_never_markup(
    cluster: Cluster, browser: Browser
) -> None:
    context = await visitor(browser)
    page = await context.new_page()
    parts = [
        ReadableWarning(code="page_without_text", where="page 2"),
        ReadableWarning(code="of_a_newer_version", where="<img src=x onerror=window.ran=1>"),
    ]
    document = Document(
        document_id=None, name="lease.pdf", status="indexed", passages=3, warnings=tuple(parts)
    )

    async def listed(route: Route) -> None:
        await route.fulfill(json=Documents(documents=(document,)).model_dump(mode="json"))

    await page.route("**/v1/knowledge?*", listed)
    await page.goto(cluster.url)
    await page.fill("#key", cluster.make_tenant("readers", tier="free"))
    await page.keyboard.press("Enter")
    shown = page.locator("#documents .left-out li")
    await expect(shown).to_have_text([part.text for part in parts])
    assert await page.evaluate("window.ran") is None
    await context.close()


async def test_a_free_tenant_watches_a_whole_meeting_within_its_requests_a_minute(
    cluster: Cluster, browser: Browser, sample: Path
) -> None:
    context = await visitor(browser)
    page = await context.new_page()
    traffic = Traffic(page)
    await page.goto(cluster.url)
    await page.fill("#key", cluster.make_tenant("watchers", tier="free"))
    await page.keyboard.press("Enter")
    documents = sorted((sample / "knowledge").iterdir())
    await expect(page.locator("#drop")).to_be_visible()
    await page.set_input_files("#files", documents)
    await page.check("#fast")
    await page.set_input_files("#files", sample / "meeting.mp4")
    await expect(page.locator("#meeting-state")).to_contain_text(
        "The meeting ended after", timeout=PLAYED_TIMEOUT_MS
    )
    await expect(page.locator(".turn.answered").first).to_be_visible()
    assert PLANS["free"].requests_per_minute >= traffic.most_in_a_minute() > len(documents)
    assert traffic.refused == []
    await context.close()


async def test_a_reload_shows_the_same_and_needs_no_code(watched: Watched) -> None:
    page = watched.page
    before = await page.locator(".turn .words").all_text_contents()
    assert "code=" not in page.url
    await page.reload()
    # The words of a written question come with the summary, some time after the feed.
    await expect(page.locator(".turn .words")).to_have_text(before)


async def test_no_serious_finding_of_axe(watched: Watched) -> None:
    page = watched.page
    assert serious(await axe_findings(page)) == []
    await page.locator(".chip.passage").first.click()
    await expect(page.locator("#source mark")).to_be_visible()
    assert serious(await axe_findings(page)) == []
    await page.keyboard.press("Escape")
    await page.emulate_media(color_scheme="dark")
    assert serious(await axe_findings(page)) == []
    await page.emulate_media(color_scheme="light")


async def test_the_dashboard_draws_its_plots_and_lists_what_was_not_answered(
    watched: Watched, cluster: Cluster
) -> None:
    page = await watched.page.context.new_page()
    complaints = Complaints(page)
    await page.goto(f"{cluster.url}/dashboard")
    for name in ("cost", "saving", "frames", "latency", "questions"):
        await expect(page.locator(f"#{name} .plot")).to_be_visible()
        await expect(page.locator(f"#{name} .plot").locator("rect, circle").first).to_be_attached()
    await expect(page.locator("#open li").first).to_contain_text("documents")
    await page.select_option("#by", "service")
    await expect(page.locator("#cost .legend")).to_contain_text("rag")
    await page.select_option("#since", "1")
    await expect(page.locator("#frames .plot")).to_be_visible()
    assert serious(await axe_findings(page)) == []
    await page.emulate_media(color_scheme="dark")
    assert serious(await axe_findings(page)) == []
    assert complaints.said == []
    await page.close()


@pytest.mark.usefixtures("watched")  # so that there is something to show
@pytest.mark.parametrize("path", ["/", "/dashboard"])
async def test_a_phone_needs_no_sideways_scrolling(
    cluster: Cluster, browser: Browser, path: str
) -> None:
    context = await visitor(browser, size=PHONE)
    page = await context.new_page()
    await page.goto(cluster.page)
    await expect(page.locator("#main")).to_be_visible()
    await page.goto(cluster.url + path)
    await expect(page.locator("#totals .total").first).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    assert serious(await axe_findings(page)) == []
    await context.close()


async def test_the_keyboard_reaches_the_chat_box_at_once(watched: Watched) -> None:
    page = watched.page
    await page.reload()
    await expect(page.locator("#main")).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#question")).to_be_focused()
    assert "#session=" in page.url


async def test_a_wrong_code_shows_the_door_and_a_key_opens_it(
    cluster: Cluster, browser: Browser
) -> None:
    context = await visitor(browser)
    page = await context.new_page()
    await page.goto(f"{cluster.url}/#code=wrong")
    await expect(page.locator("#door .error")).to_contain_text("no longer valid")
    assert serious(await axe_findings(page)) == []
    await page.fill("#key", cluster.key)
    await page.keyboard.press("Enter")
    await expect(page.locator("#main")).to_be_visible()
    assert await page.evaluate("document.cookie") == ""
    await context.close()


async def test_nothing_is_asked_elsewhere_and_nothing_is_complained_of(
    watched: Watched, cluster: Cluster
) -> None:
    assert watched.complaints.said == []
    elsewhere = {url for url in watched.complaints.asked if not url.startswith(cluster.url)}
    assert elsewhere == set()


async def test_a_restart_of_the_cluster_is_shown_and_healed_without_losing_a_line(
    watched: Watched, cluster: Cluster
) -> None:
    page = watched.page
    await expect(page.locator("#connection")).to_have_text("Live")
    before = await page.locator("#lines .words").all_text_contents()
    await page.evaluate("window.stayed = true")
    cluster.stop()
    await expect(page.locator("#connection")).to_contain_text("Connection lost")
    await page.fill("#question", "Is there a trial?")
    await page.click("#chat button")
    await expect(page.locator("#chat-error")).to_contain_text("does not answer")
    await expect(page.locator("#question")).to_have_value("Is there a trial?")
    cluster.start()
    await expect(page.locator("#connection")).to_have_text("Live")
    turns = page.locator(".turn.answered", has_text=re.compile("have to ask for a refund"))
    for _ in range(ASKED_AT_MOST):
        told = await turns.count()
        asked = "How many days does a customer have to ask for a refund?"
        await ask_elsewhere(page, cluster, asked)
        turn = turns.nth(told)
        await expect(turn.locator(".answer .words").first).not_to_be_empty(
            timeout=ANSWERED_TIMEOUT_MS
        )
        # Just started on a busy machine, rag may be too late, and then the answer says so.
        if "documents in time" not in (await turn.text_content() or ""):
            break
    await expect(turns.last).to_contain_text("21 days")
    after = await page.locator("#lines .words").all_text_contents()
    assert [line for line in before if line not in after] == []
    assert await page.evaluate("window.stayed") is True


async def ask_elsewhere(page: Page, cluster: Cluster, text: str) -> None:
    """Somebody else asks in the session that the page shows."""
    session_id = page.url.partition("session=")[2]
    headers = {"Authorization": f"Bearer {cluster.key}"}
    async with httpx.AsyncClient(base_url=cluster.url, headers=headers, timeout=30) as client:
        reply = await client.post(f"/v1/sessions/{session_id}/messages", json={"text": text})
        assert reply.status_code == 202, reply.text
