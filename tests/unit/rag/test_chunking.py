import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rag.domain.chunking import Chunk, ChunkRules, Tokens, cut
from rag.domain.documents import Block, ParsedDocument, Style

RULES = ChunkRules(max_tokens=12, overlap_tokens=4, min_tokens=3, max_chars=80)

words = st.text(st.sampled_from("abcXYZ019.!?\u00e9\u4e2d"), min_size=1, max_size=30)
lines = st.lists(words, min_size=1, max_size=12).map(" ".join)
texts = st.lists(lines, min_size=1, max_size=4).map("\n".join)
STYLES: tuple[Style, ...] = ("heading", "text", "text", "row")
styles = st.sampled_from(STYLES)
pieces = st.tuples(texts, styles, st.integers(0, 1))


@st.composite
def documents(draw: st.DrawFn) -> ParsedDocument:
    """Blocks of every style over one to three pages, or none."""
    paged = draw(st.booleans())
    text, page = "", 1
    blocks: list[Block] = []
    for content, style, turned in draw(st.lists(pieces, max_size=8)):
        page += turned
        text += "\n\n" if text else ""
        shown = content.replace("\n", " ") if style != "text" else content
        level = len(content) % 3 + 1 if style == "heading" else 0
        end = len(text) + len(shown)
        blocks.append(Block(len(text), end, page if paged else None, style, level))
        text += shown
    return ParsedDocument(text, tuple(blocks), page if paged else None)


def tokens_of(text: str) -> Tokens:
    """A word is a token, and so is every punctuation mark."""
    return Tokens([match.start() for match in re.finditer(r"\w+|[^\w\s]", text)])


def chunks_of(document: ParsedDocument, rules: ChunkRules = RULES) -> list[Chunk]:
    return cut(document, tokens_of(document.text), rules)


def a_document(*parts: tuple[Style, str], pages: tuple[int, ...] = ()) -> ParsedDocument:
    text = ""
    blocks: list[Block] = []
    for number, (style, content) in enumerate(parts):
        page = pages[number] if pages else None
        rows = style == "row" and bool(blocks) and blocks[-1].style == "row"
        if blocks:
            text += "\n" if rows and blocks[-1].page == page else "\n\n"
        level = 1 if style == "heading" else 0
        blocks.append(Block(len(text), len(text) + len(content), page, style, level))
        text += content
    return ParsedDocument(text, tuple(blocks))


def a_row(text: str) -> tuple[Style, str]:
    return "row", text


@given(documents())
def test_offsets_always_point_at_text_without_white_space_around_it(
    document: ParsedDocument,
) -> None:
    for chunk in chunks_of(document):
        quote = document.text[chunk.start : chunk.end]
        assert quote
        assert quote == quote.strip()


@given(documents())
def test_no_passage_is_over_the_bound(document: ParsedDocument) -> None:
    tokens = tokens_of(document.text)
    for chunk in chunks_of(document):
        assert tokens.between(chunk.start, chunk.end) <= RULES.max_tokens
        assert chunk.end - chunk.start <= RULES.max_chars


@given(documents())
def test_all_text_is_in_some_passage(document: ParsedDocument) -> None:
    covered = [False] * len(document.text)
    for chunk in chunks_of(document):
        covered[chunk.start : chunk.end] = [True] * (chunk.end - chunk.start)
    assert all(
        covered[at] or document.text[at].isspace()
        for block in document.blocks
        for at in range(block.start, block.end)
    )


@given(documents())
def test_passages_go_forward_and_stay_on_their_page(document: ParsedDocument) -> None:
    chunks = chunks_of(document)
    for earlier, later in pairwise(chunks):
        assert earlier.start < later.start
        assert earlier.end < later.end
    for chunk in chunks:
        touched = {
            block.page
            for block in document.blocks
            if block.start < chunk.end and chunk.start < block.end
        }
        assert touched == {chunk.page}


@given(documents())
def test_cutting_twice_gives_the_same_passages(document: ParsedDocument) -> None:
    assert chunks_of(document) == chunks_of(document)


def test_a_passage_ends_between_sentences() -> None:
    text = "One two three four five. Six seven eight nine ten. Eleven twelve thirteen."
    document = a_document(("text", text))
    quotes = [text[chunk.start : chunk.end] for chunk in chunks_of(document)]
    assert quotes == [
        "One two three four five. Six seven eight nine ten.",
        "Eleven twelve thirteen.",
    ]


def test_short_sentences_are_repeated_as_overlap() -> None:
    text = "One two three four five six. So we do. Seven eight nine ten eleven."
    document = a_document(("text", text))
    quotes = [text[chunk.start : chunk.end] for chunk in chunks_of(document)]
    assert quotes == [
        "One two three four five six. So we do.",
        "So we do. Seven eight nine ten eleven.",
    ]


def test_the_heading_path_goes_with_the_text_below_it() -> None:
    text = "Guide\n\nPrices\n\nThe basic plan costs ten euros."
    document = ParsedDocument(
        text,
        (
            Block(0, 5, style="heading", level=1),
            Block(7, 13, style="heading", level=2),
            Block(15, len(text)),
        ),
    )
    last = chunks_of(document)[-1]
    assert last.heading == "Guide > Prices"


def test_rows_below_the_first_passage_of_a_table_know_their_columns() -> None:
    rows = [f"item {number} | {number} euros" for number in range(10)]
    document = a_document(("row", "Product | Price"), *map(a_row, rows))
    chunks = chunks_of(document)
    assert chunks[0].header == ""
    assert {chunk.header for chunk in chunks[1:]} == {"Product | Price"}


def test_a_row_is_never_cut_while_it_fits() -> None:
    rows = [f"a {number} | b {number} | c" for number in range(6)]
    document = a_document(*map(a_row, rows))
    for chunk in chunks_of(document):
        shown = document.text[chunk.start : chunk.end].split("\n\n")
        assert set(shown) <= set(rows)


def test_one_endless_word_is_cut_by_characters() -> None:
    document = a_document(("text", "x" * 1000))
    assert "".join(document.text[c.start : c.end] for c in chunks_of(document)) == "x" * 1000
