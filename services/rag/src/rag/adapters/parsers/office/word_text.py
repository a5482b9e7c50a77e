"""The text of one Word paragraph as its reader sees it, and what hangs on it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from rag.adapters.parsers.office.package import Element
from rag.adapters.parsers.office.word_styles import W, WordStyles, is_on, value_of

# Of these nothing is shown, or it is shown elsewhere.
_SKIPPED: Final = frozenset(
    {
        *("del", "moveFrom", "delText", "instrText", "delInstrText", "fldData", "rPr", "pPr"),
        *("sdtPr", "sdtEndPr", "rt", "binData", "annotationRef", "numPr", "ctrlPr"),
    }
)
_BREAKS: Final = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
# Of every page anew.
_PAGE_FIELDS: Final = frozenset({"PAGE", "NUMPAGES", "SECTIONPAGES"})
_PRIVATE_USE: Final = range(0xE000, 0xF900)  # glyphs of Symbol and Wingdings


@dataclass
class Paragraph:
    """What a paragraph shows.

    Attributes:
        text: of the paragraph itself; line ends where it breaks its lines.
        boxes: what text boxes on it hold: elements with blocks.
        notes: (`footnote` or `endnote`, id) of the notes that it refers to.
        diagrams: relation ids of the data of its SmartArt.
    """

    text: str = ""
    boxes: list[Element] = field(default_factory=list[Element])
    notes: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    diagrams: list[str] = field(default_factory=list[str])

    def add(self, other: "Paragraph") -> None:
        """What hangs on another paragraph hangs on this one too; not its text."""
        self.boxes += other.boxes
        self.notes += other.notes
        self.diagrams += other.diagrams


@dataclass
class _Field:
    """An open field: what it is told, and whether its result has begun."""

    instruction: str = ""
    is_result: bool = False

    @property
    def is_shown(self) -> bool:
        return self.is_result and not _is_page(self.instruction)


class WordText:
    """Reads paragraphs; counts what it leaves out of them: `left_out` by code."""

    def __init__(self, styles: WordStyles, *, hidden: bool) -> None:
        self.left_out: Counter[str] = Counter()
        self._styles = styles
        self._reads_hidden = hidden
        self._fields: list[_Field] = []
        self._found = Paragraph()
        self._pieces: list[str] = []
        self._alternative: str | None = ""  # of the picture that is read; None needs none
        self._handlers: dict[str, Callable[[Element, bool], None]] = {
            "t": self._text,
            "sym": self._symbol,
            "r": self._run,
            "sdt": self._control,
            "fldChar": self._field_mark,
            "fldSimple": self._simple_field,
            "AlternateContent": self._alternatives,
            "footnoteReference": self._note,
            "endnoteReference": self._note,
            "txbxContent": self._box,
            "drawing": self._drawing,
            "pic": self._picture,
            "imagedata": self._picture,
            "relIds": self._diagram,
            "chart": self._chart,
            "OLEObject": self._object,
            "textpath": self._word_art,
            "f": self._fraction,
            "sSup": self._raised,
            "sSub": self._raised,
        }

    def read(self, paragraph: Element) -> Paragraph:
        self._found, self._pieces, self._alternative = Paragraph(), [], ""
        style = value_of(paragraph, "pPr", "pStyle") or self._styles.default
        self._walk(paragraph, self._styles.is_hidden(style))
        # An instruction without an end must not swallow what follows.
        self._fields = [part for part in self._fields if part.is_result]
        self._found.text = "".join(self._pieces)
        return self._found

    def _walk(self, parent: Element, hidden: bool) -> None:
        """Wrappers of every kind are opened: links, insertions, smart tags, controls."""
        for child in parent:
            name = local_name(child)
            if name in _SKIPPED:
                if name == "instrText" and self._fields:
                    self._fields[-1].instruction += child.text or ""
            elif name in _BREAKS:
                self._show(_BREAKS[name], hidden)
            elif (handle := self._handlers.get(name)) is not None:
                handle(child, hidden)
            else:
                self._walk(child, hidden)

    def _show(self, text: str, hidden: bool) -> None:
        if not all(part.is_shown for part in self._fields):
            return
        if hidden and not self._reads_hidden:
            self.left_out["hidden_text"] += len(text)
        else:
            self._pieces.append(text)

    def _text(self, element: Element, hidden: bool) -> None:
        self._show(element.text or "", hidden)

    def _run(self, run: Element, hidden: bool) -> None:
        own = is_on(run, "rPr", "vanish")
        if own is None and (style := value_of(run, "rPr", "rStyle")):
            own = self._styles.is_hidden(style) or None
        self._walk(run, hidden if own is None else own)

    def _symbol(self, element: Element, hidden: bool) -> None:
        try:
            code = int(element.get(f"{W}char", ""), 16)
        except ValueError:
            return
        if code in _PRIVATE_USE:
            self.left_out["symbol"] += 1
        elif 0 < code <= 0x10FFFF:  # noqa: PLR2004 - the last code point
            self._show(chr(code), hidden)

    def _control(self, control: Element, hidden: bool) -> None:
        """A content control; what it says while nobody has filled it in is no text."""
        if not is_placeholder(control):
            self._walk(control, hidden)

    def _field_mark(self, mark: Element, hidden: bool) -> None:
        match mark.get(f"{W}fldCharType"):
            case "begin":
                self._fields.append(_Field())
            case "separate" if self._fields:
                self._fields[-1].is_result = True
            case "end" if self._fields:
                self._fields.pop()
            case _:
                pass

    def _simple_field(self, element: Element, hidden: bool) -> None:
        if not _is_page(element.get(f"{W}instr", "")):
            self._walk(element, hidden)

    def _alternatives(self, element: Element, hidden: bool) -> None:
        self._walk(chosen(element), hidden)

    def _note(self, element: Element, hidden: bool) -> None:
        kind = local_name(element).removesuffix("Reference")
        self._found.notes.append((kind, element.get(f"{W}id", "")))

    def _box(self, element: Element, hidden: bool) -> None:
        self._found.boxes.append(element)

    def _drawing(self, drawing: Element, hidden: bool) -> None:
        told = drawing.find(".//{*}docPr")
        hidden = hidden or (told is not None and told.get("hidden", "0") in ("1", "true"))
        is_decorative = told is not None and told.find(".//{*}decorative") is not None
        self._alternative = None if is_decorative else alternative_text(told)
        self._walk(drawing, hidden)

    def _picture(self, picture: Element, hidden: bool) -> None:
        own = alternative_text(picture.find(".//{*}cNvPr")) or picture.getparent().get("alt")
        text = own or self._alternative
        if text:
            self._show(f" {text} ", hidden)
        elif self._alternative is not None:
            self.left_out["image_without_text"] += 1

    def _diagram(self, element: Element, hidden: bool) -> None:
        self._found.diagrams += [
            value for name, value in element.attrib.items() if name.endswith("}dm")
        ]

    def _chart(self, element: Element, hidden: bool) -> None:
        self.left_out["chart"] += 1

    def _object(self, element: Element, hidden: bool) -> None:
        is_equation = element.get("ProgID", "").startswith("Equation")
        self.left_out["equation" if is_equation else "embedded_object"] += 1

    def _word_art(self, element: Element, hidden: bool) -> None:
        self._show(element.get("string", ""), hidden)

    def _fraction(self, element: Element, hidden: bool) -> None:
        self._joined(element, "/", hidden)

    def _raised(self, element: Element, hidden: bool) -> None:
        self._joined(element, "^" if local_name(element) == "sSup" else "_", hidden)

    def _joined(self, element: Element, mark: str, hidden: bool) -> None:
        """The two arguments of a formula's part, as one types them in a line."""
        arguments = [child for child in element if not local_name(child).endswith("Pr")]
        for number, argument in enumerate(arguments):
            if number:
                self._show(mark, hidden)
            self._walk(argument, hidden)


def local_name(element: Element) -> str:
    """Without its namespace; "" for what is no element."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def chosen(alternatives: Element) -> Element:
    """The one of several drawings of the same thing that is read."""
    first = alternatives.find("{*}Choice")
    if first is not None and len(first):
        return first
    fallback = alternatives.find("{*}Fallback")
    return alternatives if fallback is None else fallback


def is_placeholder(control: Element) -> bool:
    return bool(is_on(control, "sdtPr", "showingPlcHdr"))


def alternative_text(properties: Element | None) -> str:
    """What the author wrote down for those who do not see the picture."""
    if properties is None:
        return ""
    return properties.get("descr") or properties.get("title") or ""


def _is_page(instruction: str) -> bool:
    return (instruction.split() or [""])[0].upper() in _PAGE_FIELDS
