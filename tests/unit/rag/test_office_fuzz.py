"""Whatever is done to an Office file, it is read or refused: no traceback, no hang."""

import random
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from zipfile import ZIP_DEFLATED, ZipFile

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from pptx import Presentation

from rag.adapters.parsers.__main__ import read
from rag.domain.documents import Limits, ParsedDocument, Rejection
from support.rag.office import p, relations_of, rows_of, table, word_of, workbook_of

LIMITS = Limits(2**20, 50, 50_000, 2**24, 5, 2**30)
NUMBERS = (b"-1", b"0", b"99999999999999999999", b"1e999", b"NaN", b"", b"A", b"\xef\xbf\xbd")


def _word(path: Path) -> None:
    made = docx.Document()
    made.add_heading("Title", 1)
    made.add_paragraph("Item", style="List Number")
    made.add_table(2, 2).cell(0, 0).text = "cell"
    made.save(str(path))


def _slides(path: Path) -> None:
    made = cast(Any, Presentation())
    slide = made.slides.add_slide(made.slide_layouts[5])
    slide.shapes.title.text = "Title"
    slide.shapes.add_table(2, 2, 0, 0, 10, 10).table.cell(0, 0).text = "cell"
    slide.notes_slide.notes_text_frame.text = "note"
    made.save(str(path))


def _sheets(path: Path) -> None:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(["Item", "Price"])
    sheet.append(["Desk", 12.5])
    sheet.merge_cells("A3:A9")
    sheet.column_dimensions["C"].hidden = True
    made.save(path)


def _bare_word(path: Path) -> None:
    note = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    word_of(
        path,
        p("text", note) + table(["a", "b"], ["c", p("d") + table(["e", "f"])]),
        footnotes=f'<w:footnote w:id="2">{p("note", note)}</w:footnote>',
        styles='<w:style w:styleId="A"><w:basedOn w:val="A"/></w:style>',
    )


def _bare_sheets(path: Path) -> None:
    cells = rows_of(["x", '<c s="1"><v>3</v></c>'], ["y", "<c><f>A1</f></c>"])
    merged = '<mergeCells><mergeCell ref="A1:A2"/></mergeCells>'
    workbook_of(path, {"One": f"<sheetData>{cells}</sheetData>{merged}"}, formats=["0.0%;[Red]@"])


def _parts_of(make: Callable[[Path], None]) -> dict[str, bytes]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "made"
        make(path)
        with ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


CORPUS = {
    make.__name__.strip("_"): _parts_of(make)
    for make in (_word, _slides, _sheets, _bare_word, _bare_sheets)
}


def _packed(parts: dict[str, bytes]) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w", compression=ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def _drop_a_part(parts: dict[str, bytes], chance: random.Random) -> None:
    del parts[chance.choice(list(parts))]


def _empty_a_part(parts: dict[str, bytes], chance: random.Random) -> None:
    parts[chance.choice(list(parts))] = b""


def _swap_parts(parts: dict[str, bytes], chance: random.Random) -> None:
    one, other = chance.choice(list(parts)), chance.choice(list(parts))
    parts[one], parts[other] = parts[other], parts[one]


def _close_a_circle(parts: dict[str, bytes], chance: random.Random) -> None:
    """Every relation of one part leads to a part that leads back."""
    ties = [name for name in parts if name.endswith(".rels")]
    name = chance.choice(ties)
    target = "/" + chance.choice(list(parts))
    kind = chance.choice(["footnotes", "styles", "sharedStrings", "slide", "officeDocument"])
    parts[name] = relations_of({"rId1": (kind, target), "r1": (kind, target)}).encode()


def _cut(parts: dict[str, bytes], chance: random.Random) -> None:
    name = chance.choice(list(parts))
    parts[name] = parts[name][: chance.randrange(len(parts[name]) + 1)]


def _flip(parts: dict[str, bytes], chance: random.Random) -> None:
    name = chance.choice(list(parts))
    content = bytearray(parts[name] or b" ")
    for _ in range(chance.randrange(1, 9)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    parts[name] = bytes(content)


def _odd_attribute(parts: dict[str, bytes], chance: random.Random) -> None:
    """One attribute's value becomes what no program writes."""
    name = chance.choice(list(parts))
    pieces = parts[name].split(b'"')
    if len(pieces) > 2:
        pieces[chance.randrange(1, len(pieces) - 1, 2)] = chance.choice(NUMBERS)
        parts[name] = b'"'.join(pieces)


def _nest(parts: dict[str, bytes], chance: random.Random) -> None:
    """One element within itself, up to what libxml2 opens and beyond."""
    name = chance.choice(list(parts))
    tags = [piece for piece in parts[name].split(b"<") if piece[:1].isalpha() and b">" in piece]
    if tags:
        tag = chance.choice(tags).split(b">")[0].rstrip(b"/")
        opened = b"<" + tag + b">"
        closed = b"</" + tag.split()[0] + b">"
        depth = chance.choice([2, 50, 250, 5_000])
        parts[name] = parts[name].replace(opened, opened * depth + closed * (depth - 1), 1)


def _repeat(parts: dict[str, bytes], chance: random.Random) -> None:
    name = chance.choice(list(parts))
    at = sorted(chance.randrange(len(parts[name]) + 1) for _ in range(2))
    piece = parts[name][slice(*at)]
    parts[name] = parts[name][: at[0]] + piece * chance.choice([2, 20]) + parts[name][at[1] :]


def _bomb(parts: dict[str, bytes], chance: random.Random) -> None:
    name = chance.choice([name for name in parts if name.endswith((".xml", ".rels"))] or [""])
    entities = b'<!DOCTYPE x [<!ENTITY a0 "aaaaaaaaaaaaaaaa">' + b"".join(
        b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 20) for n in range(1, 12)
    )
    body = parts.get(name, b"").split(b"?>", 1)[-1]
    parts[name] = entities + b"]>" + body.replace(b"</", b"&a11;</", 3)


CHANGES = (
    _drop_a_part,
    _empty_a_part,
    _swap_parts,
    _close_a_circle,
    _cut,
    _flip,
    _odd_attribute,
    _odd_attribute,
    _nest,
    _repeat,
    _bomb,
)


def _read(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "as-stored"
        path.write_bytes(content)
        result = read(path, "a.docx", LIMITS)
    assert isinstance(result, ParsedDocument | Rejection)
    if isinstance(result, ParsedDocument):
        assert len(result.text) <= LIMITS.chars
        starts = [block.start for block in result.blocks]
        assert starts == sorted(starts)


def _changed(kind: str, changes: list[Callable[..., None]], seed: int) -> bytes:
    parts = dict(CORPUS[kind])
    chance = random.Random(seed)
    for change in changes:
        if parts:
            change(parts, chance)
    return _packed(parts)


MUTATED = (
    st.sampled_from(sorted(CORPUS)),
    st.lists(st.sampled_from(CHANGES), min_size=1, max_size=4),
    st.integers(0, 2**32),
)


@settings(max_examples=60, deadline=5_000, suppress_health_check=[HealthCheck.too_slow])
@given(*MUTATED)
def test_a_changed_office_file_is_read_or_refused(
    kind: str, changes: list[Callable[..., None]], seed: int
) -> None:
    _read(_changed(kind, changes, seed))


@pytest.mark.storm
@pytest.mark.timeout(600)
@settings(max_examples=2_000, deadline=10_000, suppress_health_check=[HealthCheck.too_slow])
@given(*MUTATED)
def test_many_changed_office_files_are_read_or_refused(
    kind: str, changes: list[Callable[..., None]], seed: int
) -> None:
    _read(_changed(kind, changes, seed))


@settings(max_examples=40, deadline=5_000, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(CORPUS)), st.integers(0, 2**32))
def test_a_changed_archive_is_read_or_refused(kind: str, seed: int) -> None:
    content = bytearray(_packed(CORPUS[kind]))
    chance = random.Random(seed)
    for _ in range(chance.randrange(1, 20)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    _read(bytes(content))
