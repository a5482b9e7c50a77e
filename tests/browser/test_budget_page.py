"""What people see of money: the price of an answer, the budget, the ladder, what was told."""

from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, Route, expect

from support.browser import PHONE, Complaints, axe_findings, serious, visitor
from support.gateway.watching import Cluster

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("browser"),
]

PRICED_TIMEOUT_MS = 60_000
BUDGET: dict[str, Any] = {
    "tenant_id": "demo",
    "version": 3,
    "month": "2026-11",
    "limit_usd": "100",
    "spent_usd": "88.2",
    "held_usd": "4",
    "credit_usd": "5",
    "step": "cheaper",
    "forecast_usd": "126.4",
    "budget": {
        "currency": "USD",
        "month_limit_usd": "100",
        "session_limit_usd": None,
        "hard": True,
        "time_zone": "Europe/Berlin",
        "ladder": {"fewer_frames": 70, "cheaper": 80, "text_only": 95},
        "alerts_at": [50, 80, 100],
    },
    "applied": True,
}
NOTICES: dict[str, Any] = {
    "notices": [
        {
            "kind": "step",
            "at": "2026-11-21T12:00:00Z",
            "month": "2026-11",
            "step": "cheaper",
            "percent": None,
            "spent_usd": "84",
            "limit_usd": "105",
            "webhook": {
                "state": "given_up",
                "attempts": 9,
                "problem": "The receiver answered 503.",
                "next_at": None,
            },
        }
    ]
}


async def answers(page: Page, path: str, body: dict[str, Any]) -> None:
    """The page is told this, whatever is so."""

    async def fulfil(route: Route) -> None:
        await route.fulfill(json=body)

    await page.route(f"**{path}", fulfil)


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> None:
    path = tmp_path_factory.mktemp("documents") / "anchors.txt"
    path.write_text("The anchor of Harbor weighs 812 kilograms.\n")
    headers = {"Authorization": f"Bearer {cluster.key}"}
    with httpx.Client(base_url=cluster.url, headers=headers, timeout=60) as client:
        files = [("files", (path.name, path.read_bytes()))]
        assert client.post("/v1/knowledge", files=files).is_success


@pytest.mark.usefixtures("documents")
async def test_an_answer_gets_its_price_by_leg_and_the_session_its_total(
    cluster: Cluster, browser: Browser
) -> None:
    context = await visitor(browser)
    page = await context.new_page()
    complaints = Complaints(page)
    await page.goto(cluster.page)
    await page.fill("#question", "How much does the anchor of Harbor weigh?")
    await page.press("#question", "Enter")
    price = page.locator(".turn.answered .price").first
    await expect(price).to_contain_text("at list prices", timeout=PRICED_TIMEOUT_MS)
    await expect(price).to_contain_text("answered $0.")
    spent = page.locator("#totals .total", has_text="Spent")
    await expect(spent).to_contain_text("at list prices")
    session_id = page.url.partition("session=")[2]
    headers = {"Authorization": f"Bearer {cluster.key}"}
    async with httpx.AsyncClient(base_url=cluster.url, headers=headers) as client:
        costs = (await client.get(f"/v1/sessions/{session_id}/costs")).json()
    assert [turn["turn_id"] for turn in costs["turns"]] == [
        await page.locator(".turn").first.get_attribute("data-turn")
    ]
    assert {leg["leg"] for leg in costs["turns"][0]["legs"]} >= {"answered"}
    assert complaints.said == []
    await context.close()


async def test_costs_that_come_later_change_the_tag(cluster: Cluster, browser: Browser) -> None:
    context = await visitor(browser)
    page = await context.new_page()
    await page.goto(cluster.page)
    turn = page.locator(".turn.answered").first
    turn_id = await turn.get_attribute("data-turn")
    tag: dict[str, Any] = {
        "legs": [{"leg": "spoken", "cost_usd": "0.25", "estimate_usd": "0.25", "confirmed": False}],
        "cost_usd": "0.25",
        "estimate_usd": "0.25",
    }
    heard = {"leg": "heard", "cost_usd": "1.5", "estimate_usd": "1.5", "confirmed": True}
    shared = {"legs": [heard], "cost_usd": "1.5", "estimate_usd": "1.5"}
    costs = tag | {"turns": [tag | {"turn_id": turn_id}], "shared": shared, "cost_usd": "1.75"}
    await answers(page, "/costs", costs)
    await page.reload()
    await expect(turn.locator(".price")).to_have_text(
        "$0.25 spoken at most $0.25", timeout=PRICED_TIMEOUT_MS
    )
    spent = page.locator("#totals .total", has_text="Spent")
    await expect(spent).to_contain_text("$1.75")
    await expect(spent).to_contain_text("heard $1.50 for the whole session")
    await context.close()


async def test_the_live_page_says_a_step_of_the_ladder_once(
    cluster: Cluster, browser: Browser
) -> None:
    context = await visitor(browser)
    page = await context.new_page()
    await answers(page, "/v1/budget", BUDGET)
    await page.goto(cluster.page)
    line = page.locator("#ladder")
    await expect(line).to_contain_text("only the cheapest tier answers")
    await expect(page.locator("#announcer")).to_contain_text("only the cheapest tier answers")
    await page.evaluate("document.getElementById('announcer').textContent = ''")
    async with page.expect_response("**/v1/budget"):
        pass
    await expect(line).to_be_visible()
    await expect(page.locator("#announcer")).not_to_contain_text("cheapest tier")
    assert serious(await axe_findings(page)) == []
    await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_dashboard_shows_the_budget_and_what_was_told_of_it(
    cluster: Cluster, browser: Browser, scheme: Any
) -> None:
    context = await visitor(browser, scheme=scheme)
    page = await context.new_page()
    complaints = Complaints(page)
    await answers(page, "/v1/budget", BUDGET)
    await answers(page, "/v1/budget/notices", NOTICES)
    await page.goto(cluster.page)
    await expect(page.locator("#main")).to_be_visible()
    await page.goto(f"{cluster.url}/dashboard")
    budget = page.locator("#budget")
    facts = budget.locator(".budget-facts > div")
    await expect(facts).to_have_text(
        [
            "Budget$105.00$100.00 and $5.00 of credit",
            "Spent$88.202026-11",
            "Held$4.00for calls under way",
            "Left$12.80",
            "Forecast$126.40more than the budget",
        ]
    )
    await expect(budget.get_by_role("meter")).to_have_attribute("aria-valuenow", "88")
    await expect(budget.locator("[aria-current]")).to_have_count(1)
    await expect(budget.locator("[aria-current=step]")).to_contain_text("Cheapest tier")
    await expect(page.locator("#notices")).to_contain_text(
        "webhook given up after 9 tries: The receiver answered 503."
    )
    await expect(page.locator("#legs tbody tr")).to_have_count(5)
    await page.get_by_role("link", name="what it assumes").click()
    await expect(page.locator("#assumptions dd")).not_to_have_count(0)
    await expect(page.locator("#assumptions")).to_be_focused()
    assert serious(await axe_findings(page)) == []
    assert complaints.said == []
    await context.close()


async def test_on_a_phone_nothing_of_the_budget_is_wider_than_the_screen(
    cluster: Cluster, browser: Browser
) -> None:
    context = await visitor(browser, size=PHONE)
    page = await context.new_page()
    await answers(page, "/v1/budget", BUDGET)
    await answers(page, "/v1/budget/notices", NOTICES)
    await page.goto(cluster.page)
    await expect(page.locator("#main")).to_be_visible()
    await page.goto(f"{cluster.url}/dashboard")
    await expect(page.locator("#budget .ladder")).to_be_visible()
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await page.evaluate(wide) == 0
    await context.close()
