"""Office files made in the test that needs them, from the XML that matters to it."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

OFFICE = "http://schemas.openxmlformats.org"
W = f'xmlns:w="{OFFICE}/wordprocessingml/2006/main"'
R = f'xmlns:r="{OFFICE}/officeDocument/2006/relationships"'
S = f'xmlns="{OFFICE}/spreadsheetml/2006/main"'
_STRICT = rb"http://purl.oclc.org/ooxml/\1/\2"
_MAIN = {
    "word/document.xml": "wordprocessingml.document",
    "xl/workbook.xml": "spreadsheetml.sheet",
}


def package_of(
    path: Path, parts: Mapping[str, str | bytes], *, main: str, content_type: str | None = None
) -> Path:
    """A ZIP with these parts and what leads to the main one."""
    kind = content_type or (f"application/vnd.openxmlformats-officedocument.{_MAIN[main]}.main+xml")
    types = (
        f'<Types xmlns="{OFFICE}/package/2006/content-types">'
        '<Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{main}" ContentType="{kind}"/></Types>'
    )
    with ZipFile(path, "w", compression=ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types)
        archive.writestr("_rels/.rels", relations_of({"r1": ("officeDocument", main)}))
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def made_strict(path: Path) -> Path:
    """The same file with the names that "Strict Open XML" gives (ECMA-376, part 4, annex A)."""
    common = re.compile(rf"{OFFICE}/(?!package)(\w+)/2006/(\w+)".encode())
    with ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, common.sub(_STRICT, content))
    return path


def relations_of(ties: Mapping[str, tuple[str, str]]) -> str:
    """Kind and target by id."""
    inner = "".join(
        f'<Relationship Id="{name}" Type="{OFFICE}/officeDocument/2006/relationships/{kind}"'
        f' Target="{target}"/>'
        for name, (kind, target) in ties.items()
    )
    return f'<Relationships xmlns="{OFFICE}/package/2006/relationships">{inner}</Relationships>'


def word_of(path: Path, body: str, *, content_type: str | None = None, **parts: str) -> Path:
    """A DOCX with this body; parts by name: `footnotes`, `hdr1`, `styles`, each its inner XML.

    A part's name is also the id of its relation: `<w:headerReference r:id="hdr1"/>`.
    """
    kinds = {"hdr": "header", "ftr": "footer"}
    ties = {name: (kinds.get(name[:3], name), f"{name}.xml") for name in parts}
    wrapped = {f"word/{name}.xml": f"<w:x {W} {R}>{inner}</w:x>" for name, inner in parts.items()}
    return package_of(
        path,
        {
            "word/document.xml": f"<w:document {W} {R}><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": relations_of(ties),
            **wrapped,
        },
        main="word/document.xml",
        content_type=content_type,
    )


def p(*runs: str, style: str = "", properties: str = "") -> str:
    """A paragraph; a run that is no XML is text."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    inner = "".join(run if run.startswith("<") else r(run) for run in runs)
    return f"<w:p><w:pPr>{named}{properties}</w:pPr>{inner}</w:p>"


def r(text: str, properties: str = "") -> str:
    """A run of text."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def table(*rows: Sequence[str]) -> str:
    """A Word table; a cell that is no XML is a paragraph of text."""
    return f"<w:tbl>{''.join(map(table_row, rows))}</w:tbl>"


def table_row(cells: Sequence[str]) -> str:
    inner = "".join(f"<w:tc>{cell if cell.startswith('<') else p(cell)}</w:tc>" for cell in cells)
    return f"<w:tr>{inner}</w:tr>"


def workbook_of(
    path: Path,
    sheets: Mapping[str, str],
    *,
    formats: Sequence[str] = (),
    workbook: str = "",
    states: Mapping[str, str] | None = None,
    content_type: str | None = None,
) -> Path:
    """An XLSX; each sheet is the inner XML of its worksheet.

    Args:
        formats: number formats; style 0 is General, style 1 the first of these.
        workbook: XML before the list of sheets.
        states: `hidden` or `veryHidden` by name of the sheet.
    """
    ties = {f"s{n}": ("worksheet", f"worksheets/sheet{n}.xml") for n in range(len(sheets))}
    tabs = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n + 1}" r:id="s{n}"'
        f' state="{(states or {}).get(name, "visible")}"/>'
        for n, name in enumerate(sheets)
    )
    own = "".join(
        f'<numFmt numFmtId="{200 + n}" formatCode="{escape(code)}"/>'
        for n, code in enumerate(formats)
    )
    styles = "".join(f'<xf numFmtId="{200 + n}"/>' for n in range(len(formats)))
    parts = {
        f"xl/worksheets/sheet{n}.xml": f"<worksheet {S}>{inner}</worksheet>"
        for n, inner in enumerate(sheets.values())
    }
    return package_of(
        path,
        {
            "xl/workbook.xml": f"<workbook {S} {R}>{workbook}<sheets>{tabs}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": relations_of({**ties, "st": ("styles", "styles.xml")}),
            "xl/styles.xml": f"<styleSheet {S}><numFmts>{own}</numFmts>"
            f'<cellXfs><xf numFmtId="0"/>{styles}</cellXfs></styleSheet>',
            **parts,
        },
        main="xl/workbook.xml",
        content_type=content_type,
    )


def rows_of(*rows: Sequence[str | float | None], start: int = 1) -> str:
    """Rows of a worksheet; what begins with `<` is a cell of its own making."""
    return "".join(
        f'<row r="{number}">{"".join(map(_cell, row))}</row>'
        for number, row in enumerate(rows, start=start)
        if row
    )


def _cell(value: str | float | None) -> str:
    match value:
        case None:
            return "<c/>"
        case str() if value.startswith("<"):
            return value
        case str():
            return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
        case _:
            return f"<c><v>{value}</v></c>"
