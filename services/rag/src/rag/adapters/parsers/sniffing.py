"""What a file is: by its bytes; its name only tells text from Markdown from HTML."""

import codecs
import re
import zipfile
from pathlib import Path

from rag.adapters.parsers.builder import RejectedFileError
from rag.adapters.parsers.office.package import office_kind
from rag.domain.documents import (
    CORRUPTED,
    EMPTY,
    ENCRYPTED,
    INFLATED,
    LEGACY,
    Kind,
    Limits,
    unsupported,
)

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# UTF-16, as names are kept in an OLE directory; an encrypted .docx is an OLE file with this stream.
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_FOREIGN = (
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\x00", "a picture"),
    (b"MM\x00*", "a picture"),
    (b"RIFF", "sound, video or a picture"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"7z\xbc\xaf", "a compressed archive"),
    (b"Rar!", "a compressed archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"ID3", "sound"),
    (b"OggS", "sound or video"),
    (b"\x1aE\xdf\xa3", "video"),
    (b"SQLite format 3", "a database"),
    (b"{\\rtf", "an RTF document"),
    (b"%!PS", "a PostScript document"),
)
_HTML = re.compile(rb"<(!doctype\s+html|html[\s>]|head[\s>]|body[\s>])", re.IGNORECASE)
_BINARY_NAMES = {".pdf": "a PDF", ".docx": "a DOCX", ".pptx": "a PPTX", ".xlsx": "an XLSX"}
_MARKDOWN_NAMES = (".md", ".markdown", ".mdown", ".mkd")
_HEAD_BYTES = 4_096


def kind_of(path: Path, name: str, limits: Limits) -> Kind:
    """The kind of a file.

    Raises:
        RejectedFileError: empty, of a kind that is not read, or not what its name says.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head.strip():
        raise RejectedFileError(EMPTY)
    # Readers accept junk before the header within the first 1,024 bytes (PDF 2.0, annex I).
    if b"%PDF-" in head[:1_024]:
        return "pdf"
    if head.startswith(_OLE):
        raise RejectedFileError(ENCRYPTED if _ENCRYPTED_PACKAGE in path.read_bytes() else LEGACY)
    if head.startswith(b"PK"):
        return _archive_kind(path, name, limits)
    for magic, what in _FOREIGN:
        if head.startswith(magic):
            raise RejectedFileError(unsupported(what))
    return _text_kind(path, head, name)


def _archive_kind(path: Path, name: str, limits: Limits) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        named = Path(name).suffix.lower() in _BINARY_NAMES
        raise RejectedFileError(
            CORRUPTED if named else unsupported("an archive that cannot be read")
        ) from error
    # zipfile never gives out more than the size an entry declares, so the sum is a true bound.
    if sum(entry.file_size for entry in entries) > limits.inflated_bytes:
        raise RejectedFileError(INFLATED)
    kind = office_kind(path)
    if kind is None:
        raise RejectedFileError(unsupported("a ZIP archive"))
    return kind


def _text_kind(path: Path, head: bytes, name: str) -> Kind:
    suffix = Path(name).suffix.lower()
    if not is_text(path.read_bytes()):
        raise RejectedFileError(
            CORRUPTED
            if suffix in _BINARY_NAMES
            else unsupported("neither text nor a known document")
        )
    if suffix in _BINARY_NAMES:
        raise RejectedFileError(unsupported(f"text, not {_BINARY_NAMES[suffix]} as its name says"))
    if suffix in (".html", ".htm", ".xhtml"):
        return "html"
    if suffix in _MARKDOWN_NAMES:
        return "markdown"
    return "html" if _HTML.search(head[:1_024]) else "text"


def decode(content: bytes) -> str:
    """UTF-8, UTF-16 with its mark, else the Western code page that old Windows files use."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def is_text(content: bytes) -> bool:
    """No NUL, and hardly any character that text does not have."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    if b"\x00" in content:
        return False
    text = decode(content)
    # Below 1 in 100: a stray form feed or escape sequence in a log is text still; noise is not.
    strange = sum(1 for char in text if (char < " " and char not in "\t\n\r\f") or char == "\ufffd")
    return strange * 100 <= len(text) and not _looks_like_noise(content)


def _looks_like_noise(content: bytes) -> bool:
    """Bytes that are not UTF-8 and mostly beyond ASCII: no Western text looks like that."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return sum(1 for byte in content if byte >= 0x80) * 3 > len(content)  # noqa: PLR2004 - ASCII ends there
    return False
