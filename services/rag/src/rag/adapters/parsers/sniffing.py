"""What a file is: by its bytes; its name only tells the kinds of text apart."""

import re
import zipfile
from pathlib import Path

from rag.adapters.parsers.builder import RejectedFileError
from rag.adapters.parsers.delimited import is_table
from rag.adapters.parsers.encoding import decode
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
_HTML = re.compile(r"<(!doctype\s+html|html[\s>]|head[\s>]|body[\s>])", re.IGNORECASE)
_BINARY_NAMES = {".pdf": "a PDF", ".docx": "a DOCX", ".pptx": "a PPTX", ".xlsx": "an XLSX"}
_KINDS: dict[str, Kind] = {
    **dict.fromkeys((".html", ".htm", ".xhtml"), "html"),
    **dict.fromkeys((".md", ".markdown", ".mdown", ".mkd"), "markdown"),
    **dict.fromkeys((".csv", ".tsv", ".tab", ".psv"), "csv"),
}
_HEAD_BYTES = 4_096


def kind_of(path: Path, name: str, limits: Limits) -> Kind:
    """The kind of a file.

    Raises:
        RejectedFileError: empty, of a kind that is not read, or not what its name says.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head.strip(b" \t\r\n\f"):
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
    return _text_kind(path, name)


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


def _text_kind(path: Path, name: str) -> Kind:
    suffix = Path(name).suffix.lower()
    try:
        text = decode(path.read_bytes()).text
    except RejectedFileError as error:
        raise RejectedFileError(
            CORRUPTED if suffix in _BINARY_NAMES else error.rejection
        ) from error
    if suffix in _BINARY_NAMES:
        raise RejectedFileError(unsupported(f"text, not {_BINARY_NAMES[suffix]} as its name says"))
    if suffix in _KINDS:
        return _KINDS[suffix]
    if _HTML.search(text[:1_024]):
        return "html"
    return "csv" if is_table(text) else "text"
