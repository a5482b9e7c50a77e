"""What a hostile file can do to the process that reads it, and to nobody else."""

import asyncio
import signal
import sys
from dataclasses import replace
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import psutil
import pytest

from rag.adapters.parser_process import ParserProcess
from rag.domain.documents import CORRUPTED, TOO_COMPLEX, TOO_SLOW, Limits, ParsedDocument, Rejection
from support.eventually import eventually
from support.rag.documents import pdf_of

LIMITS = Limits(
    size_bytes=2**24,
    pages=100,
    chars=10_000_000,
    inflated_bytes=2**30,
    time_s=30,
    memory_bytes=2**30,
)


async def parsed(path: Path, limits: Limits = LIMITS) -> ParsedDocument | Rejection:
    return await ParserProcess(limits).parse(path, path.name)


def a_word_file(path: Path, paragraphs: int) -> Path:
    """Small as a file, `paragraphs` * 100 bytes when it is opened."""
    paragraph = b"<w:p><w:r><w:t>" + b"word " * 10 + b"</w:t></w:r></w:p>" + b" " * 17
    kind = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    office = b"http://schemas.openxmlformats.org"
    with ZipFile(path, "w", compression=ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            b'<Types xmlns="%s/package/2006/content-types">'
            b'<Default Extension="rels" ContentType='
            b'"application/vnd.openxmlformats-package.relationships+xml"/>'
            b'<Override PartName="/word/document.xml" ContentType="%s"/></Types>' % (office, kind),
        )
        archive.writestr(
            "_rels/.rels",
            b'<Relationships xmlns="%s/package/2006/relationships"><Relationship Id="r1" Type='
            b'"%s/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
            b"</Relationships>" % (office, office),
        )
        archive.writestr(
            "word/document.xml",
            b'<w:document xmlns:w="%s/wordprocessingml/2006/main"><w:body>' % office
            + paragraph * paragraphs
            + b"</w:body></w:document>",
        )
    return path


async def test_a_document_comes_back_whole(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf_of(["caf\u00e9 and tea"]))
    document = await parsed(tmp_path / "a.pdf")
    assert isinstance(document, ParsedDocument)
    assert (document.text, document.pages) == ("caf\u00e9 and tea", 1)


async def test_a_file_that_takes_too_long_is_left(tmp_path: Path) -> None:
    path = a_word_file(tmp_path / "a.docx", paragraphs=100_000)
    assert await parsed(path, replace(LIMITS, time_s=0.3)) == TOO_SLOW


async def test_a_file_that_takes_too_much_memory_is_left(tmp_path: Path) -> None:
    path = a_word_file(tmp_path / "a.docx", paragraphs=1_000_000)
    assert path.stat().st_size < 2**20
    assert await parsed(path, replace(LIMITS, memory_bytes=300 * 2**20)) == TOO_COMPLEX


async def test_a_damaged_file_is_not_blamed_for_what_the_service_holds(tmp_path: Path) -> None:
    held = b"\x01" * (200 * 2**20)
    (tmp_path / "a.pdf").write_bytes(bytes(range(256)) * 10)
    limits = replace(LIMITS, memory_bytes=300 * 2**20)
    assert await parsed(tmp_path / "a.pdf", limits) == CORRUPTED
    assert held


async def test_the_same_kind_of_file_within_the_limits_is_read(tmp_path: Path) -> None:
    document = await parsed(a_word_file(tmp_path / "a.docx", paragraphs=100))
    assert isinstance(document, ParsedDocument)
    assert len(document.blocks) == 100


async def test_a_file_over_the_size_limit_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"word " * 1_000)
    rejected = await parsed(tmp_path / "a.txt", replace(LIMITS, size_bytes=4_096))
    assert isinstance(rejected, Rejection)
    assert rejected.code == "too_large"


async def test_who_stops_waiting_leaves_no_process_behind(tmp_path: Path) -> None:
    path = a_word_file(tmp_path / "a.docx", paragraphs=200_000)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await parsed(path)
    assert await eventually(lambda: _readers_of(path), equals=[]) == []


PARENT = """
import asyncio, sys
from pathlib import Path
from rag.adapters.parser_process import ParserProcess
from rag.domain.documents import Limits
limits = Limits(2**24, 100, 10**7, 2**30, 60, 2**31)
asyncio.run(ParserProcess(limits).parse(Path(sys.argv[1]), "a.docx"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tie a child to its parent")
async def test_a_reader_dies_with_a_service_that_is_killed(tmp_path: Path) -> None:
    path = a_word_file(tmp_path / "a.docx", paragraphs=400_000)
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT, str(path))
    await eventually(lambda: len(_readers_of(path)) == 2, timeout_s=20)
    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    assert await eventually(lambda: _readers_of(path), equals=[]) == []


def _readers_of(path: Path) -> list[int]:
    """Processes that have the path on their command line."""
    found: list[int] = []
    for process in psutil.process_iter(["cmdline", "status"]):
        words: list[str] = process.info["cmdline"] or []
        if str(path) in words and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process.pid)
    return found
