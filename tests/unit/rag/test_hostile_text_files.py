"""Whatever bytes come: a document whose blocks hold its text, or a reason; never anything else."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.adapters.parsers.builder import RejectedFileError
from rag.adapters.parsers.delimited import read_delimited
from rag.adapters.parsers.html.page import read_html
from rag.adapters.parsers.markdown import read_markdown
from rag.adapters.parsers.plain import read_plain
from rag.adapters.parsers.sniffing import kind_of
from rag.domain.documents import ParsedDocument, Rejection
from unit.rag.test_parsers import LIMITS

READERS = {"html": read_html, "markdown": read_markdown, "csv": read_delimited, "text": read_plain}
CORPUS = sorted((Path(__file__).parent / "hostile_text_files").iterdir())
TAGS = ["div", "table", "tr", "td", "p", "template", "svg", "style", "pre", "br", "dl", "dt", "dd"]
ENCODINGS = ["utf-8", "utf-16", "utf-16-le", "utf-32-be", "cp1251", "shift_jis"]
STYLES = [
    "color:",
    "font-size:",
    "display:none",
    "left:-9e99px",
    "opacity:.",
    "}{",
    "rgb(",
    "9" * 99,
]

WORDS = st.text(max_size=12) | st.sampled_from(["\0", "]]>", "<!--", "&#0;", "&#x110000;"])


@st.composite
def elements(draw: st.DrawFn) -> str:
    tag, end = draw(st.sampled_from(TAGS)), draw(st.sampled_from(TAGS))
    style = ";".join(draw(st.lists(st.sampled_from(STYLES), max_size=4)))
    depth = draw(st.sampled_from([1, 2, 300]))
    return f"<{tag} style='{style}'>" * depth + draw(WORDS) + f"</{end}>"


@st.composite
def pages(draw: st.DrawFn) -> str:
    rules = [*STYLES, "p{", "}", "@media screen{", "*>", ":not(", "a,"]
    sheet = "".join(draw(st.lists(st.sampled_from(rules))))
    return f"<style>{sheet}</style>{''.join(draw(st.lists(elements() | WORDS, max_size=12)))}"


@st.composite
def files(draw: st.DrawFn) -> bytes:
    signs = [",", ";", "\t", "|", '"', "\n", "\r", "a", "1", "\0", "é"]
    tables = st.lists(st.sampled_from(signs)).map("".join)
    text = draw(pages() | tables | st.text())
    encoding = draw(st.sampled_from(ENCODINGS))
    return text.encode(encoding, "replace") + draw(st.binary(max_size=8))


def read(kind: str, path: Path) -> ParsedDocument | Rejection:
    try:
        return READERS[kind](path, LIMITS)
    except RejectedFileError as error:
        return error.rejection


def holds_its_text(result: ParsedDocument | Rejection) -> bool:
    if isinstance(result, Rejection):
        return bool(result.reason)
    at = 0
    for block in result.blocks:
        if result.text[at : block.start].strip() or block.end <= block.start:
            return False
        at = block.end
    return not result.text[at:].strip()


@given(content=st.binary(max_size=300) | files(), kind=st.sampled_from(sorted(READERS)))
@settings(
    max_examples=150,
    deadline=2_000,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_bytes_become_a_document_or_a_reason(tmp_path: Path, content: bytes, kind: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert holds_its_text(read(kind, path))


@pytest.mark.parametrize("path", CORPUS, ids=[path.name for path in CORPUS])
def test_what_broke_a_reader_once_does_not_again(path: Path) -> None:
    assert holds_its_text(read(kind_of(path, path.name, LIMITS), path))


@pytest.mark.parametrize(
    "content",
    [
        "<div>" * 2_000 + "core",
        "<table><tr><td>" * 500 + "core",
        "<p class='" + "a " * 200_000 + "'>core",
        "<style>" + "p span,".join(["a"] * 3_000) + "{color:red}</style><p>core",
        "<p>" + "&nbsp;" * 100_000 + "core",
        "<b>" * 2_000 + "core",
        "<span style='" + "color:red;" * 20_000 + "'>core",
    ],
    ids=["divs", "tables", "attribute", "selectors", "entities", "inline", "declarations"],
)
def test_a_page_made_to_be_slow_is_read_in_time(tmp_path: Path, content: str) -> None:
    path = tmp_path / "page.html"
    path.write_text(content)
    document = read("html", path)
    assert isinstance(document, ParsedDocument)
    assert document.text == "core"


def test_a_page_nested_deeper_than_its_library_reads_says_so(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("<p>seen</p>" + "<div>" * 20_000 + "lost")
    result = read("html", path)
    assert isinstance(result, Rejection)
    assert "deep" in result.reason
