"""What an audience sees is a slide's text; what it does not see is said."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from lxml import etree as untyped_etree  # pyright: ignore[reportMissingTypeStubs, reportAttributeAccessIssue, reportUnknownVariableType] - lxml has no stubs
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.constants import CONTENT_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.util import Inches

from rag.adapters.parsers.office.slides import read_slides
from rag.domain.documents import Limits, ParsedDocument
from support.rag.office import OFFICE, made_strict

etree = cast(Any, untyped_etree)
LIMITS = Limits(2**24, 100, 1_000_000, 2**28, 10, 2**30)
BOX = (Inches(1), Inches(1), Inches(3), Inches(1))
A = f'xmlns:a="{OFFICE}/drawingml/2006/main"'
P = f'xmlns:p="{OFFICE}/presentationml/2006/main"'
R = f'xmlns:r="{OFFICE}/officeDocument/2006/relationships"'


class Deck:
    """A presentation in the making; python-pptx is untyped where it matters."""

    def __init__(self) -> None:
        self.made = cast(Any, Presentation())
        self.slide = self.more()

    def more(self) -> Any:
        return self.made.slides.add_slide(self.made.slide_layouts[6])

    def say(self, text: str, slide: Any = None, *, inches: float = 1) -> Any:
        shapes = (slide or self.slide).shapes
        box = shapes.add_textbox(Inches(1), Inches(inches), Inches(3), Inches(1))
        box.text_frame.text = text
        return box

    def draw(self, xml: str) -> None:
        self.slide.shapes._spTree.append(etree.fromstring(xml))

    def read(self, folder: Path, *, hidden: bool = False) -> ParsedDocument:
        path = folder / "as-stored"
        self.made.save(str(path))
        return read_slides(path, replace(LIMITS, hidden=hidden))


def left_out(document: ParsedDocument) -> dict[str, str]:
    return {part.code: part.where for part in document.left_out}


def lines(document: ParsedDocument) -> list[str]:
    return [document.text[b.start : b.end] for b in document.blocks]


def test_hidden_slides_and_shapes_are_left_out_said_and_read_on_demand(tmp_path: Path) -> None:
    deck = Deck()
    deck.say("Shown")
    properties = deck.say("Covered", inches=2)._element.xpath("./*/p:cNvPr")[0]
    properties.set("hidden", "1")
    second = deck.more()
    deck.say("Backup", second)
    second._element.set("show", "0")
    document = deck.read(tmp_path)
    assert lines(document) == ["Shown"]
    assert left_out(document) == {"hidden_slide": "slide 2", "hidden_text": "slide 1"}
    assert lines(deck.read(tmp_path, hidden=True)) == ["Shown", "Covered", "Backup"]


def test_grouped_shapes_and_merged_cells_are_read_once(tmp_path: Path) -> None:
    deck = Deck()
    group = deck.slide.shapes.add_group_shape()
    inner = group.shapes.add_group_shape().shapes.add_textbox(*BOX)
    inner.text_frame.text = "Deep"
    table = deck.slide.shapes.add_table(2, 2, Inches(1), Inches(3), Inches(4), Inches(1)).table
    table.cell(0, 0).merge(table.cell(0, 1))
    table.cell(0, 0).text, table.cell(1, 0).text, table.cell(1, 1).text = "Fees", "Day", "9"
    assert lines(deck.read(tmp_path)) == ["Deep", "Fees", "Day | 9"]


def test_a_chart_is_its_title_and_its_figures(tmp_path: Path) -> None:
    deck = Deck()
    figures = cast(Any, CategoryChartData())
    figures.categories = ["May", "June"]
    figures.add_series("Orders", (4, 2.5))
    chart = deck.slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *BOX, figures).chart
    chart.chart_title.text_frame.text = "Orders by month"
    assert lines(deck.read(tmp_path)) == ["Orders by month", "| May | June", "Orders | 4 | 2.5"]


def test_the_boxes_of_smart_art_are_read(tmp_path: Path) -> None:
    deck = Deck()
    point = f"<a:p {A}><a:r><a:t>Plan</a:t></a:r></a:p><a:p {A}><a:r><a:t>Build</a:t></a:r></a:p>"
    data = f'<dgm:dataModel xmlns:dgm="urn:dgm">{point}</dgm:dataModel>'.encode()
    part = deck.slide.part
    name = PackURI("/ppt/diagrams/data1.xml")
    kind = f"{OFFICE}/officeDocument/2006/relationships/diagramData"
    tie = part.relate_to(Part(name, CONTENT_TYPE.DML_DIAGRAM_DATA, part.package, data), kind)
    deck.draw(
        f'<p:graphicFrame {P} {A} {R}><p:nvGraphicFramePr><p:cNvPr id="9" name="d"/>'
        "<p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr>"
        '<p:xfrm><a:off x="0" y="0"/><a:ext cx="1" cy="1"/></p:xfrm><a:graphic><a:graphicData '
        f'uri="{OFFICE}/drawingml/2006/diagram"><dgm:relIds r:dm="{tie}" '
        f'xmlns:dgm="{OFFICE}/drawingml/2006/diagram"/></a:graphicData></a:graphic>'
        "</p:graphicFrame>"
    )
    assert lines(deck.read(tmp_path)) == ["Plan\nBuild"]


def test_shapes_that_have_an_older_form_beside_them_are_read_once(tmp_path: Path) -> None:
    deck = Deck()
    shape = (
        '<p:sp><p:nvSpPr><p:cNvPr id="8" name="s"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/>'
        "<p:txBody><a:bodyPr/><a:p><a:r><a:t>Newer</a:t></a:r></a:p></p:txBody></p:sp>"
    )
    deck.draw(
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
        f" {P} {A}><mc:Choice>{shape}</mc:Choice><mc:Fallback>{shape}</mc:Fallback>"
        "</mc:AlternateContent>"
    )
    assert lines(deck.read(tmp_path)) == ["Newer"]


def test_pictures_without_a_description_are_said(tmp_path: Path) -> None:
    picture = tmp_path / "dot.png"
    picture.write_bytes(
        bytes.fromhex(
            "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
            "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
        )
    )
    deck = Deck()
    deck.say("Text")
    described = deck.slide.shapes.add_picture(str(picture), *BOX)
    described._element.xpath("./*/p:cNvPr")[0].set("descr", "Two pumps")
    bare = deck.more().shapes.add_picture(str(picture), *BOX)
    bare._element.xpath("./*/p:cNvPr")[0].set("descr", "")
    document = deck.read(tmp_path)
    assert sorted(lines(document)) == ["Text", "Two pumps"]
    assert left_out(document) == {"image_without_text": "slide 2"}


@pytest.mark.parametrize(
    "content_type",
    [
        CONTENT_TYPE.PML_PRES_MACRO_MAIN,
        CONTENT_TYPE.PML_TEMPLATE_MAIN,
        CONTENT_TYPE.PML_SLIDESHOW_MAIN,
    ],
)
def test_templates_shows_and_slides_with_macros_are_read(tmp_path: Path, content_type: str) -> None:
    deck = Deck()
    deck.say("Hello")
    deck.made.part._content_type = content_type
    assert deck.read(tmp_path).text == "Hello"


def test_strict_slides_are_read(tmp_path: Path) -> None:
    deck = Deck()
    deck.say("Strictly")
    path = tmp_path / "a.pptx"
    deck.made.save(str(path))
    assert read_slides(made_strict(path), LIMITS).text == "Strictly"
