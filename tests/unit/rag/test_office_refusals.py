"""The reason for a refusal is the true one: a limit is no damage, a foreign format is named."""

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from rag.adapters.parsers.__main__ import read
from rag.domain.documents import Limits, ParsedDocument, Rejection
from support.rag.office import W, p, package_of, rows_of, word_of, workbook_of

LIMITS = Limits(2**24, 100, 1_000_000, 2**28, 60, 2**40)
LONG = "word " * 2_200_000  # past the ten million characters that libxml2 takes in one piece
BOMB = (
    "<!DOCTYPE x [<!ENTITY a0 'aaaaaaaaaaaaaaaaaaaa'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 20}'>" for n in range(1, 12))
    + "]>"
)


def refused(path: Path) -> Rejection:
    result = read(path, path.name, LIMITS)
    assert isinstance(result, Rejection)
    return result


@pytest.mark.parametrize("body", [p(LONG), "<w:sdt>" * 300 + "</w:sdt>" * 300])
def test_a_piece_too_large_for_the_parser_is_not_called_damage(tmp_path: Path, body: str) -> None:
    path = word_of(tmp_path / "a.docx", body)
    assert path.stat().st_size < 100_000
    assert refused(path).code == "too_large"


def test_a_cell_too_large_for_the_parser_is_not_called_damage(tmp_path: Path) -> None:
    inner = f"<sheetData>{rows_of([LONG])}</sheetData>"
    assert refused(workbook_of(tmp_path / "a.xlsx", {"One": inner})).code == "too_large"


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    body = "<w:body><w:p><w:r><w:t>&a11;</w:t></w:r></w:p></w:body>"
    main = f"{BOMB}<w:document {W}>{body}</w:document>"
    path = package_of(tmp_path / "a.docx", {"word/document.xml": main}, main="word/document.xml")
    assert refused(path).code in ("too_large", "empty")


def test_a_file_cut_short_is_damaged(tmp_path: Path) -> None:
    whole = word_of(tmp_path / "a.docx", p("text")).read_bytes()
    cut = tmp_path / "b.docx"
    cut.write_bytes(whole[: len(whole) // 2])
    assert refused(cut).code == "corrupted"


def test_a_locked_archive_is_encrypted(tmp_path: Path) -> None:
    path = word_of(tmp_path / "a.docx", p("text"))
    content = bytearray(path.read_bytes())
    # Bit 0 of the flags of each entry, in its own header and in the directory (APPNOTE 4.4.4).
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(mark, at + 1)
    path.write_bytes(content)
    assert refused(path).code == "encrypted"


@pytest.mark.parametrize(
    ("parts", "named"),
    [
        ({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"}, "OpenDoc"),
        ({"readme.txt": "hello"}, "ZIP archive"),
    ],
)
def test_what_is_not_read_is_named(tmp_path: Path, parts: dict[str, str], named: str) -> None:
    path = tmp_path / "a.odt"
    with ZipFile(path, "w", compression=ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    reason = refused(path)
    assert reason.code == "unsupported_type"
    assert named in reason.reason


def test_a_binary_workbook_is_named(tmp_path: Path) -> None:
    kind = "application/vnd.ms-excel.sheet.binary.macroEnabled.main"
    path = package_of(
        tmp_path / "a.xlsb", {"xl/workbook.bin": b"\x83"}, main="xl/workbook.bin", content_type=kind
    )
    assert "XLSB" in refused(path).reason


def test_a_tie_to_a_part_that_is_not_there_does_no_harm(tmp_path: Path) -> None:
    path = word_of(tmp_path / "a.docx", p("Still here."), styles="")
    with ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if "styles" not in name}
    with ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    document = read(path, path.name, LIMITS)
    assert isinstance(document, ParsedDocument)
    assert document.text == "Still here."
