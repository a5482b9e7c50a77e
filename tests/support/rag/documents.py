"""Documents made in the test that needs them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def pdf_of(*pages: Sequence[str], title_lines: int = 0) -> bytes:
    """A PDF with one text line below the other on each page; a page without lines has no text.

    The first `title_lines` lines of each page are printed larger than the rest.

    Written by hand (ISO 32000-1, 7.5): header, objects, cross-reference table, trailer.
    """
    count = len(pages)
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        _FONT,
    ]
    for number, lines in enumerate(pages):
        sizes = [16 if at < title_lines else 11 for at in range(len(lines))]
        shown = "".join(
            f"/F1 {size} Tf ({_escaped(line)}) Tj T* "
            for size, line in zip(sizes, lines, strict=True)
        )
        stream = f"BT 20 TL 50 780 Td {shown}ET".encode("cp1252") if lines else b""
        content = 5 + 2 * number
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    return _file_of(objects)


@dataclass
class PdfPage:
    """A page drawn by hand; points, origin bottom left, A4 upright."""

    drawn: list[str] = field(default_factory=list[str])
    fields: list[bytes] = field(default_factory=list[bytes])
    picture: bytes | None = None
    rotate: int = 0

    def text(self, x: float, y: float, text: str, *, size: float = 11, mode: str = "") -> "PdfPage":
        """`mode`: operators before the text: `3 Tr`, `1 g`."""
        shown = f"q BT {mode} /F1 {size} Tf {x} {y} Td ({_escaped(text)}) Tj ET Q"
        self.drawn.append(shown)
        return self

    def draw(self, operators: str) -> "PdfPage":
        self.drawn.append(operators)
        return self

    def field(self, x: float, y: float, name: str, value: str, *, flags: int = 4) -> "PdfPage":
        """A text field of 200 by 16 points."""
        self.fields.append(
            f"<< /Type /Annot /Subtype /Widget /FT /Tx /F {flags} /T ({name})"
            f" /V ({_escaped(value)}) /Rect [{x} {y - 4} {x + 200} {y + 12}] >>".encode()
        )
        return self

    def scan(self, grey: NDArray[np.uint8]) -> "PdfPage":
        """Fill the page with a picture."""
        done, jpeg = cv2.imencode(".jpg", grey)
        assert done
        height, width = grey.shape
        self.picture = (
            b"<< /Type /XObject /Subtype /Image /ColorSpace /DeviceGray /BitsPerComponent 8"
            b" /Filter /DCTDecode /Width %d /Height %d /Length %d >>\nstream\n%s\nendstream"
            % (width, height, len(jpeg), jpeg.tobytes())
        )
        self.drawn.append("q 595 0 0 842 0 0 cm /Im1 Do Q")
        return self


def drawn_pdf(*pages: PdfPage) -> bytes:
    """A PDF of pages drawn by hand, with a form where there are fields."""
    objects = [b"", b"", _FONT]

    def added(content: bytes) -> int:
        objects.append(content)
        return len(objects)

    kids: list[int] = []
    fields: list[int] = []
    for page in pages:
        stream = "\n".join(page.drawn).encode("cp1252")
        content = added(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        picture = f"/XObject << /Im1 {added(page.picture)} 0 R >>" if page.picture else ""
        own = [added(one) for one in page.fields]
        fields += own
        kids.append(
            added(
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate {page.rotate}"
                f" /Contents {content} 0 R /Annots [{_refs(own)}]"
                f" /Resources << /Font << /F1 3 0 R >> {picture} >> >>".encode()
            )
        )
    form = f"/AcroForm << /Fields [{_refs(fields)}] >>" if fields else ""
    objects[0] = f"<< /Type /Catalog /Pages 2 0 R {form} >>".encode()
    objects[1] = f"<< /Type /Pages /Kids [{_refs(kids)}] /Count {len(kids)} >>".encode()
    return _file_of(objects)


def scanned(*lines: str) -> NDArray[np.uint8]:
    """A page as a scanner sees it, 150 pixels an inch."""
    page = np.full((1_754, 1_240), 255, np.uint8)
    for at, line in enumerate(lines):
        cv2.putText(
            page, line, (120, 200 + 60 * at), cv2.FONT_HERSHEY_SIMPLEX, 1.1, 0, 2, cv2.LINE_AA
        )
    return page


def _refs(numbers: Sequence[int]) -> str:
    return " ".join(f"{number} 0 R" for number in numbers)


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _file_of(objects: Sequence[bytes]) -> bytes:
    body = b"%PDF-1.4\n"
    offsets: list[int] = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return (
        body
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
        + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(body))
    )
