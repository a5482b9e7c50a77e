"""What a reader of a Word document sees is its text, whatever it is wrapped in."""

from dataclasses import replace
from pathlib import Path

import pytest

from rag.adapters.parsers.office.word import read_word
from rag.domain.documents import Limits, ParsedDocument
from support.rag.office import OFFICE, made_strict, p, r, table, word_of

LIMITS = Limits(2**24, 100, 1_000_000, 2**28, 10, 2**30)
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
M = f'xmlns:m="{OFFICE}/officeDocument/2006/math"'
DRAWN = (
    f'xmlns:wp="{OFFICE}/drawingml/2006/wordprocessingDrawing"'
    f' xmlns:a="{OFFICE}/drawingml/2006/main" xmlns:pic="{OFFICE}/drawingml/2006/picture"'
)
HEADING = (
    '<w:style w:type="paragraph" w:styleId="H2"><w:name w:val="heading 2"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="My title"/>'
    '<w:basedOn w:val="H2"/></w:style>'
)


def read(path: Path, body: str, *, hidden: bool = False, **parts: str) -> ParsedDocument:
    return read_word(word_of(path / "a.docx", body, **parts), replace(LIMITS, hidden=hidden))


def lines(document: ParsedDocument) -> list[str]:
    return [document.text[b.start : b.end] for b in document.blocks]


def left_out(document: ParsedDocument) -> dict[str, str]:
    return {part.code: part.where for part in document.left_out}


def control(content: str, properties: str = "") -> str:
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>"


def test_content_controls_are_read_at_every_level(tmp_path: Path) -> None:
    wrapped = control(f"<w:tc>{p('80 EUR')}</w:tc>")
    cells = f"<w:tc>{p('Deposit')}</w:tc>{wrapped}"
    row = f"<w:tr><w:tc>{p('Rent')}</w:tc><w:tc>{control(p('900 EUR'))}</w:tc></w:tr>"
    body = (
        control(control(p("The lease runs for two years.")))
        + p("Tenant: ", control(r("Ada Berg")), ".")
        + f"<w:tbl>{control(row)}<w:tr>{cells}</w:tr></w:tbl>"
    )
    assert lines(read(tmp_path, body)) == [
        "The lease runs for two years.",
        "Tenant: Ada Berg.",
        "Rent | 900 EUR",
        "Deposit | 80 EUR",
    ]


def test_what_a_control_asks_for_before_it_is_filled_in_is_no_text(tmp_path: Path) -> None:
    waiting = "<w:showingPlcHdr/>"
    body = control(p("Click to enter a date."), waiting) + p(
        "Signed: ", control(r("Choose an item."), waiting), "in Oslo"
    )
    assert lines(read(tmp_path, body)) == ["Signed: in Oslo"]


def test_a_table_in_a_cell_is_a_table_of_its_own(tmp_path: Path) -> None:
    inner = table(["Port", "Cable"], ["7", "fibre"])
    body = table(["Room", "Patch panel"], ["Cellar", p("see") + inner + p()], ["Attic", "none"])
    assert lines(read(tmp_path, body)) == [
        "Room | Patch panel",
        "Cellar | see",
        "Attic | none",
        "Cellar, see",
        "Port | Cable",
        "7 | fibre",
    ]


def test_tables_that_follow_each_other_stay_apart(tmp_path: Path) -> None:
    document = read(tmp_path, table(["a", "b"]) + p() + table(["c", "d"], ["e", "f"]))
    assert document.text == "a | b\n\nc | d\ne | f"


def test_merged_cells_keep_the_columns(tmp_path: Path) -> None:
    wide = f'<w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>{p("Fees")}</w:tc>'
    begin = f'<w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr>{p("North")}</w:tc>'
    goes_on = f"<w:tc><w:tcPr><w:vMerge/></w:tcPr>{p()}</w:tc>"
    cells = f"<w:tc>{p('x')}</w:tc><w:tc>{p('1')}</w:tc>"
    body = (
        f"<w:tbl><w:tr>{wide}<w:tc>{p('Year')}</w:tc></w:tr>"
        f"<w:tr>{begin}{cells}</w:tr><w:tr>{goes_on}{cells}</w:tr></w:tbl>"
    )
    assert lines(read(tmp_path, body)) == ["Fees |  | Year", "North | x | 1", "North | x | 1"]


def test_a_frame_of_one_column_is_no_table(tmp_path: Path) -> None:
    body = table([p("Scope", style="H2") + p("All sites.")])
    document = read(tmp_path, body, styles=HEADING)
    assert [block.style for block in document.blocks] == ["heading", "text"]


def test_notes_stand_after_what_refers_to_them_and_only_once(tmp_path: Path) -> None:
    footnote = '<w:r><w:footnoteReference w:id="{}"/></w:r>'
    notes = f'<w:footnote w:type="separator" w:id="0">{p()}</w:footnote>' + "".join(
        f'<w:footnote w:id="{n}">{p(text)}</w:footnote>'
        for n, text in ((2, "Not on holidays."), (3, "Net."))
    )
    ends = f'<w:endnote w:id="2">{p("See the act of 1998.")}</w:endnote>'
    body = (
        p("Open daily.", footnote.format(2), '<w:r><w:endnoteReference w:id="2"/></w:r>')
        + p("Closed at ten.", footnote.format(2))
        + table(["Fee", p("12 EUR", footnote.format(3))])
        + p("End.")
    )
    assert lines(read(tmp_path, body, footnotes=notes, endnotes=ends)) == [
        "Open daily.",
        "Not on holidays.",
        "See the act of 1998.",
        "Closed at ten.",
        "Fee | 12 EUR",
        "Net.",
        "End.",
    ]


def test_headers_and_footers_are_read_once_without_page_numbers(tmp_path: Path) -> None:
    page = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> PAGE </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        + r("7")
        + '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    section = (
        '<w:sectPr><w:headerReference w:type="default" r:id="hdr1"/>'
        '<w:headerReference w:type="first" r:id="hdr2"/>'
        '<w:footerReference w:type="default" r:id="ftr1"/></w:sectPr>'
    )
    path = word_of(
        tmp_path / "a.docx",
        p("Body.", properties=section) + section,
        hdr1=p("Price list 2031"),
        hdr2=p("Never shown"),
        ftr1=p("Valid in Malta, ", page),
    )
    assert lines(read_word(path, LIMITS)) == ["Price list 2031", "Valid in Malta,", "Body."]


def test_a_text_box_is_read_once(tmp_path: Path) -> None:
    box = f"<w:txbxContent>{p('Call 555.')}{table(['Line', 'Fax'])}</w:txbxContent>"
    both = (
        f"<w:r><mc:AlternateContent {MC}><mc:Choice><w:drawing>{box}</w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    assert lines(read(tmp_path, p("Help", both))) == ["Help", "Call 555.", "Line | Fax"]


def test_changes_are_read_as_if_accepted_and_comments_left_out(tmp_path: Path) -> None:
    body = p(
        "The fee is ",
        f"<w:del><w:r><w:delText>10</w:delText></w:r></w:del><w:ins>{r('14')}</w:ins>",
        f"<w:moveFrom>{r(' old')}</w:moveFrom><w:moveTo>{r(' EUR')}</w:moveTo>",
        '<w:r><w:commentReference w:id="1"/></w:r>',
    )
    comment = f'<w:comment w:id="1">{p("Too cheap?")}</w:comment>'
    document = read(tmp_path, body, comments=comment)
    assert lines(document) == ["The fee is 14 EUR"]
    assert left_out(document) == {"comment": "1 comment"}


def test_of_a_field_the_result_is_read_and_a_broken_one_swallows_nothing(tmp_path: Path) -> None:
    body = p(
        "Due ",
        '<w:fldSimple w:instr=" DATE ">' + r("1 May") + "</w:fldSimple>",
        '<w:hyperlink r:id="x">' + r(" online") + "</w:hyperlink>",
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>REF</w:instrText></w:r>',
    ) + p("Next paragraph.")
    assert lines(read(tmp_path, body)) == ["Due 1 May online", "Next paragraph."]


@pytest.mark.parametrize("joined", ["<w:noBreakHyphen/>", "<w:t>\u2011</w:t>", "<w:t>\u2010</w:t>"])
@pytest.mark.parametrize("space", ["\xa0", "\u202f", "\u2007", "\u2009", "\u3000"])
def test_hyphens_and_spaces_are_those_that_one_types(
    tmp_path: Path, joined: str, space: str
) -> None:
    body = p(f"<w:r><w:t>ZR</w:t>{joined}<w:t>81\xad7{space}kg</w:t><w:softHyphen/></w:r>")
    assert lines(read(tmp_path, body)) == ["ZR-817 kg"]


def test_hidden_text_is_left_out_and_counted(tmp_path: Path) -> None:
    styles = (
        '<w:style w:type="character" w:styleId="Base"><w:rPr><w:vanish/></w:rPr></w:style>'
        '<w:style w:type="character" w:styleId="Secret"><w:basedOn w:val="Base"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Note"><w:rPr><w:vanish/></w:rPr></w:style>'
    )
    body = (
        p("It costs ", r("5", "<w:vanish/>"), r("6", '<w:rStyle w:val="Secret"/>'), "7 EUR.")
        + p("draft", r(" shown", '<w:vanish w:val="0"/>'), style="Note")
        + f"<w:tbl><w:tr><w:trPr><w:hidden/></w:trPr><w:tc>{p('ab')}</w:tc></w:tr></w:tbl>"
    )
    document = read(tmp_path, body, styles=styles)
    assert lines(document) == ["It costs 7 EUR.", "shown"]
    assert left_out(document) == {"hidden_text": "9 characters"}
    everything = read(tmp_path, body, styles=styles, hidden=True)
    assert lines(everything) == ["It costs 567 EUR.", "draft shown", "ab"]
    assert not everything.left_out


def test_headings_are_known_by_style_base_and_outline(tmp_path: Path) -> None:
    body = p("One", style="H2") + p("Two", style="Own")
    body += p("Three", properties='<w:outlineLvl w:val="3"/>') + p("Contents ... 4", style="TOC1")
    contents = '<w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>'
    document = read(tmp_path, body, styles=HEADING + contents)
    assert [(b.style, b.level) for b in document.blocks] == [("heading", n) for n in (2, 2, 4)]


def test_lists_have_their_numbers(tmp_path: Path) -> None:
    level = '<w:lvl w:ilvl="{}"><w:numFmt w:val="{}"/><w:lvlText w:val="{}"/></w:lvl>'
    numbering = (
        '<w:abstractNum w:abstractNumId="0">'
        + level.format(0, "decimal", "%1.")
        + level.format(1, "lowerLetter", "%1.%2)")
        + level.format(2, "bullet", "\uf0b7")
        + '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )

    def item(text: str, at: int) -> str:
        listed = f'<w:numPr><w:ilvl w:val="{at}"/><w:numId w:val="1"/></w:numPr>'
        return p(text, properties=listed)

    body = item("Open", 0) + item("the lid", 1) + item("the tap", 1) + item("slowly", 2)
    body += item("Close", 0) + item("all", 1)
    assert lines(read(tmp_path, body, numbering=numbering)) == [
        *("1. Open", "1.a) the lid", "1.b) the tap", "slowly", "2. Close", "2.a) all"),
    ]


def test_formulas_are_typed_in_a_line(tmp_path: Path) -> None:
    def m(text: str) -> str:
        return f"<m:r><m:t>{text}</m:t></m:r>"

    formula = (
        f"<m:oMath {M}>{m('E=')}<m:f><m:num>{m('1')}</m:num><m:den>{m('2')}</m:den></m:f>{m('m')}"
        f"<m:sSup><m:e>{m('v')}</m:e><m:sup>{m('2')}</m:sup></m:sSup></m:oMath>"
    )
    assert lines(read(tmp_path, p("Energy: ", formula))) == ["Energy: E=1/2mv^2"]


def test_pictures_are_read_where_their_author_described_them_and_else_counted(
    tmp_path: Path,
) -> None:
    def picture(described: str) -> str:
        return (
            f'<w:r><w:drawing {DRAWN}><wp:inline><wp:docPr id="1" {described}/>'
            '<a:graphic><a:graphicData><pic:pic><pic:nvPicPr><pic:cNvPr id="1"/></pic:nvPicPr>'
            "</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
        )

    body = p("Map:", picture('descr="Floor plan"')) + p(picture("")) + p(picture('title=""'))
    document = read(tmp_path, body)
    assert lines(document) == ["Map: Floor plan"]
    assert left_out(document) == {"image_without_text": "2 pictures"}


def test_what_is_embedded_is_said(tmp_path: Path) -> None:
    ole = '<w:r><w:object><o:OLEObject xmlns:o="urn:o" ProgID="Excel.Sheet.12"/></w:object></w:r>'
    document = read(tmp_path, p("Text", ole) + '<w:altChunk r:id="a"/>')
    assert left_out(document) == {
        "embedded_object": "1 object",
        "embedded_document": "1 document",
    }


@pytest.mark.parametrize(
    "content_type",
    [
        "application/vnd.ms-word.document.macroEnabled.main+xml",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
        "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    ],
)
def test_templates_and_documents_with_macros_are_read(tmp_path: Path, content_type: str) -> None:
    path = word_of(tmp_path / "a.docm", p("Dear reader"), content_type=content_type)
    assert read_word(path, LIMITS).text == "Dear reader"


def test_a_strict_document_is_read(tmp_path: Path) -> None:
    path = made_strict(word_of(tmp_path / "a.docx", p("Strictly")))
    assert read_word(path, LIMITS).text == "Strictly"
