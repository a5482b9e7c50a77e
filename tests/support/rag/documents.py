"""Documents made in the test that needs them."""

from collections.abc import Sequence


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
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
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
