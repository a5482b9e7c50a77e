"""The characters of a text file, in whatever encoding it is written."""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import chardet
import webencodings

from rag.adapters.parsers.builder import RejectedFileError
from rag.domain.documents import LeftOut, unsupported

_MARKS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
# The standard lets a page declare within its first 1,024 bytes; pages do later, too.
_DECLARED_BYTES = 4_096
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_DECLARED = re.compile(
    rb"<(?:\?xml\b[^>]*?\bencoding|meta\b[^>]*?\bcharset)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE
)
_DETECTED_BYTES = 100_000
# Less tells only the common encodings apart.
_FEW_LETTERS, _FEW_BYTES, _ASCII_END = 4, 4_096, 0x7F
# Fewer lost among the characters beyond ASCII than one in so many: a text with a slip in it.
_SLIP_RATIO = 5
# Characters that text does not have, one in so many: a stray escape sequence in a log is text.
_STRANGE_RATIO = 100
_LOST = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class Decoded:
    """A file as text.

    Attributes:
        text: what could not be decoded is U+FFFD.
        left_out: says so.
    """

    text: str
    left_out: tuple[LeftOut, ...] = ()


def decode(content: bytes) -> Decoded:
    """By its mark, as UTF-8, as it declares, or as it can be detected, in this order.

    Raises:
        RejectedFileError: no text in any encoding.
    """
    for text in _readings(content):
        if not _is_strange(text):
            return Decoded(text, _left_out(text, content))
    declared = _declared(content)
    also = f", {declared.name}" if declared else ""
    raise RejectedFileError(
        unsupported(
            f"neither a known document nor text (read as UTF-8, UTF-16, UTF-32{also} and what "
            "could be detected)"
        )
    )


def _readings(content: bytes) -> Iterator[str]:
    """What the content may say, the likeliest first."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            yield content.decode(name, errors="replace")
    if b"\0" in content:
        yield from _without_mark(content)
    utf8 = content.decode("utf-8", errors="replace")
    declared = _declared(content)
    # ISO-2022 is written in ASCII's bytes and escapes.
    if b"\x1b" not in content and _has_slips(utf8):
        yield utf8
    if declared is not None:
        text = declared.codec_info.decode(content, "replace")[0]
        if _has_slips(text):
            yield text
    detected = _detected(content)
    if detected is not None:
        yield content.decode(detected, errors="replace")
    yield from _without_mark(content)
    yield utf8


def _has_slips(text: str) -> bool:
    """Whether hardly anything is lost."""
    lost = text.count(_LOST)
    beyond_ascii = sum(not char.isascii() for char in text) - lost if lost else 0
    return lost * _SLIP_RATIO <= beyond_ascii


def _without_mark(content: bytes) -> Iterator[str]:
    """UTF-32, else UTF-16; high bytes are of few kinds in any script, low ones of many."""
    whole = content[: len(content) // 2 * 2]
    little = len(set(whole[1::2])) <= len(set(whole[::2]))
    for name in ("utf-32-le", "utf-32-be", "utf-16-le" if little else "utf-16-be"):
        text = whole.decode(name, errors="replace")
        rare = sum(char > "\uffff" for char in text) * 2 > len(text)
        if not rare and not any(unicodedata.category(char) in ("Cn", "Co") for char in set(text)):
            yield text


def _declared(content: bytes) -> webencodings.Encoding | None:
    """What a page or XML says of itself, by the names of the HTML standard."""
    head = content[:_DECLARED_BYTES].lstrip()
    found = _DECLARED.search(_COMMENT.sub(b"", head)) if head.startswith(b"<") else None
    encoding = webencodings.lookup(found[1].decode("ascii", "replace")) if found else None
    # A page that could be read so far is not UTF-16, the standard says.
    return None if encoding is None or encoding.name.startswith("utf-16") else encoding


def _detected(content: bytes) -> str | None:
    """By the lines that are not ASCII: there may be few of them, late in the file."""
    telling = b"\n".join(line for line in content.splitlines() if not line.isascii())
    sample = telling[:_DETECTED_BYTES] if b"\x1b" not in content else content[:_DETECTED_BYTES]
    few = sum(byte > _ASCII_END for byte in sample[:_FEW_BYTES]) < _FEW_LETTERS
    era = chardet.EncodingEra.MODERN_WEB if few else chardet.EncodingEra.ALL
    found = chardet.detect(sample, encoding_era=era)["encoding"]
    if found is None:
        return None
    known = webencodings.lookup(found)
    try:
        return known.codec_info.name if known else codecs.lookup(found).name
    except LookupError:
        return None


def _is_strange(text: str) -> bool:
    strange = sum((char < " " and char not in "\t\n\r\f") or char == _LOST for char in text)
    return strange * _STRANGE_RATIO > len(text)


def _left_out(text: str, content: bytes) -> tuple[LeftOut, ...]:
    if _LOST not in text or _LOST.encode() in content:
        return ()
    count, line = text.count(_LOST), text.count("\n", 0, text.index(_LOST)) + 1
    return (LeftOut("undecodable_text", f"{count} characters, the first in line {line}"),)
