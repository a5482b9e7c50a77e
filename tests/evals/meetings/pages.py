"""Pictures of what each meeting's screen shows, and its documents, by Chromium and python-docx."""

import shutil
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import docx
from docx.document import Document
from playwright.async_api import Browser, Page

from support.browser import chromium

TIMES_JS: Final = """() => [...document.querySelectorAll('[data-from],[data-until]')].flatMap(
  e => [e.dataset.from, e.dataset.until].filter(t => t !== undefined).map(Number))"""
AT_JS: Final = """t => document.querySelectorAll('[data-from],[data-until]').forEach(e => {
  const from = Number(e.dataset.from ?? 0), until = Number(e.dataset.until ?? Infinity);
  if (t < from || t >= until) e.remove(); })"""
HEADINGS: Final = ("h1", "h2", "h3")


@asynccontextmanager
async def browser() -> AsyncGenerator[Browser]:
    async with chromium() as opened:
        yield opened


async def states(browser: Browser, page: Path, size: tuple[int, int], folder: Path) -> list[int]:
    """A picture of each state, named by its time in ms; returns those times, ascending.

    In the page, an element with `data-from` and `data-until` (seconds) stands in between only.
    """
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]})
    tab = await context.new_page()
    await tab.goto(page.as_uri())
    times = sorted({0.0, *await tab.evaluate(TIMES_JS)})
    for at_s in times:
        await _take(tab, page, at_s, folder / f"{round(at_s * 1000):06d}.png")
    await context.close()
    return [round(at_s * 1000) for at_s in times]


async def _take(tab: Page, page: Path, at_s: float, picture: Path) -> None:
    await tab.goto(page.as_uri())
    await tab.evaluate(AT_JS, at_s)
    await tab.screenshot(path=picture)


async def documents(browser: Browser, sources: Sequence[Path], folder: Path) -> list[str]:
    """`x.docx.html` becomes x.docx, `x.pdf.html` becomes x.pdf; others stay. Returns the names."""
    names: list[str] = []
    for source in sources:
        if source.name.endswith((".docx.html", ".pdf.html")):
            made = folder / source.stem
            if made.suffix == ".docx":
                word(source).save(str(made))
            else:
                await _print(browser, source, made)
            names.append(made.name)
        else:
            shutil.copy(source, folder)
            names.append(source.name)
    return names


async def _print(browser: Browser, source: Path, made: Path) -> None:
    tab = await browser.new_page()
    await tab.goto(source.as_uri())
    await tab.pdf(path=made, format="A4")
    await tab.close()


def word(page: Path) -> Document:
    """Headings, paragraphs and tables of a page as a Word document."""
    reader = _Reader()
    reader.feed(page.read_text())
    return reader.document


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.document = docx.Document()
        self._text = ""
        self._rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._rows = []
        elif tag == "tr":
            self._rows.append([])
        self._text = ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        text = self._text.strip()
        if tag in HEADINGS:
            self.document.add_heading(text, level=HEADINGS.index(tag) + 1)
        elif tag == "p":
            self.document.add_paragraph(text)
        elif tag in ("td", "th"):
            self._rows[-1].append(text)
        elif tag == "table":
            table = self.document.add_table(len(self._rows), len(self._rows[0]))
            for row, texts in zip(table.rows, self._rows, strict=True):
                for cell, value in zip(row.cells, texts, strict=True):
                    cell.text = value
