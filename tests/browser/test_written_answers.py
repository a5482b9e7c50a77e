"""The Markdown of a written answer becomes nodes; what looks like markup stays text."""

import pytest
from playwright.async_api import Browser

from support.browser import visitor
from support.gateway.watching import Cluster

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("browser"),
]
ANSWER = """Two **plans**, see [prices](https://example.com/p) <img src=x onerror=window.ran=1>
- `Team`
- [free](javascript:window.ran=1)"""
SHOW = """async (text) => {
  const { writtenNodes } = await import("/page/written.js");
  const box = document.createElement("div");
  box.append(...writtenNodes(text));
  document.body.append(box);
  await new Promise(requestAnimationFrame);
  const links = [...box.querySelectorAll("a")].map((one) => [one.href, one.rel]);
  const names = [...box.querySelectorAll("*")].map((one) => one.localName);
  return { names, links, text: box.textContent, ran: window.ran ?? null };
}"""


async def test_an_answer_is_shown_with_its_markdown_and_runs_nothing(
    cluster: Cluster, browser: Browser
) -> None:
    context = await visitor(browser)
    page = await context.new_page()
    await page.goto(cluster.page)

    shown = await page.evaluate(SHOW, ANSWER)

    assert shown["names"] == ["p", "strong", "a", "ul", "li", "code", "li"]
    assert shown["links"] == [["https://example.com/p", "noopener noreferrer"]]
    assert "<img src=x onerror=window.ran=1>" in shown["text"]
    assert "[free](javascript:window.ran=1)" in shown["text"]
    assert shown["ran"] is None
    await context.close()
