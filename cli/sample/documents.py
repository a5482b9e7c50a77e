"""The two documents that are not written by hand: a PDF printed by Chromium, and a DOCX."""

import subprocess
import tempfile
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final, cast

import docx

SOURCES: Final = Path(__file__).parent / "knowledge"
WRITTEN: Final = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001  # python-docx takes naive UTC


def write(folder: Path) -> None:
    _print_pdf(SOURCES / "plans-and-prices.html", folder / "plans-and-prices.pdf")
    _write_docx(SOURCES / "support-handbook.md", folder / "support-handbook.docx")


def _print_pdf(page: Path, path: Path) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = ["chromium", "--headless", "--no-sandbox", f"--user-data-dir={profile}"]
        command += ["--no-pdf-header-footer", f"--print-to-pdf={path}", page.as_uri()]
        subprocess.run(command, check=True, timeout=60, capture_output=True)  # noqa: S603  # our own


def _write_docx(source: Path, path: Path) -> None:
    # Cast: python-docx is typed only in part.
    document = cast(Any, docx.Document())
    document.core_properties.title = "Support handbook"
    document.core_properties.author = "Harbor Billing"
    document.core_properties.created = document.core_properties.modified = WRITTEN
    for is_table, block in _blocks(source):
        if is_table:
            _add_table(document, block)
        elif block[0].startswith("#"):
            marks, _, title = block[0].partition(" ")
            document.add_heading(title, level=len(marks))
        else:
            document.add_paragraph(" ".join(block))
    document.save(str(path))


def _blocks(source: Path) -> Iterator[tuple[bool, list[str]]]:
    lines = source.read_text().splitlines()
    for filled, block in groupby(lines, key=bool):
        if filled:
            whole = list(block)
            yield whole[0].startswith("|"), whole


def _add_table(document: Any, lines: list[str]) -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    del rows[1]  # the rule under the head
    table = document.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            table.cell(r, c).text = text
