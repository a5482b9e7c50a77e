"""The parts of an Office Open XML file (ECMA-376), and what can be wrong with them."""

import posixpath
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Final, cast
from xml.etree import ElementTree

from lxml import etree as untyped_etree  # pyright: ignore[reportMissingTypeStubs, reportAttributeAccessIssue, reportUnknownVariableType] - lxml has no stubs

from rag.adapters.parsers.builder import RejectedFileError
from rag.domain.documents import (
    CORRUPTED,
    ENCRYPTED,
    PART_TOO_LARGE,
    Kind,
    Rejection,
    unsupported,
)

Element = Any
etree = cast(Any, untyped_etree)

_MAIN_TYPES: tuple[tuple[str, Kind], ...] = (
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.", "docx"),
    ("application/vnd.ms-word.", "docx"),
    ("application/vnd.openxmlformats-officedocument.presentationml.", "pptx"),
    ("application/vnd.ms-powerpoint.", "pptx"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.", "xlsx"),
    ("application/vnd.ms-excel.", "xlsx"),
    # Of packages whose types nobody declared.
    ("word/", "docx"),
    ("ppt/", "pptx"),
    ("xl/", "xlsx"),
)
_BINARY_WORKBOOK = "application/vnd.ms-excel.sheet.binary."
# "Strict Open XML" names the same elements otherwise (ECMA-376, part 4, annex A).
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/(\w+)")
_TRANSITIONAL = rb"http://schemas.openxmlformats.org/\1/2006/\2"
_STRICT_MARK = b"http://purl.oclc.org/ooxml/"
_TOO_LARGE = frozenset({etree.ErrorTypes.ERR_RESOURCE_LIMIT, etree.ErrorTypes.ERR_NAME_TOO_LONG})
_SAFE: Final = {
    "resolve_entities": False,
    "no_network": True,
    "remove_comments": True,
    "remove_pis": True,
}
_EXPAT_AMPLIFIED = 43  # XML_ERROR_AMPLIFICATION_LIMIT_BREACH


@dataclass(frozen=True)
class Relation:
    """A tie from one part to another.

    Attributes:
        kind: last segment of its type: `footnotes`, `header`, `image`.
        target: name of the part in the archive.
    """

    kind: str
    target: str


class Package:
    """Parts are read when asked for, so one that is damaged and not needed does no harm."""

    def __init__(self, file: IO[bytes]) -> None:
        self._archive = zipfile.ZipFile(file)
        self._names = {name.lower(): name for name in self._archive.namelist()}

    @cached_property
    def main(self) -> str:
        """Name of the part that the package is about.

        Raises:
            KeyError: there is none.
        """
        for relation in self.relations("").values():
            if relation.kind == "officeDocument":
                return relation.target
        raise KeyError("officeDocument")

    def content_type(self, part: str) -> str:
        """As declared; "" where it is not."""
        root = self.xml("[Content_Types].xml")
        for override in root.iterfind("{*}Override"):
            if override.get("PartName", "").lower() == f"/{part}".lower():
                return override.get("ContentType", "")
        return ""

    def xml(self, part: str) -> Element:
        """Root element of a part.

        Raises:
            KeyError: there is no such part.
            etree.XMLSyntaxError: it is damaged, or larger than libxml2's limits.
        """
        return parsed(self._archive.read(self._names[part.lower()]))

    def elements(self, part: str, tags: Sequence[str]) -> Iterator[Element]:
        """Elements with these tags as they end, for parts too long for a tree; then forgotten.

        Raises:
            KeyError: there is no such part.
            etree.XMLSyntaxError: it is damaged, or larger than libxml2's limits.
        """
        with self._archive.open(self._names[part.lower()]) as source:
            for _, element in etree.iterparse(source, tag=tags, **_SAFE):
                yield element
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]

    def relations(self, part: str) -> dict[str, Relation]:
        """By id, those that lead to a part that is there; "" is the package itself."""
        folder, name = posixpath.split(part)
        try:
            root = self.xml(posixpath.join(folder, "_rels", f"{name}.rels"))
        except KeyError:
            return {}
        found: dict[str, Relation] = {}
        for tie in root.iterfind("{*}Relationship"):
            kind = tie.get("Type", "").rpartition("/")[2]
            target = posixpath.normpath(posixpath.join("/", folder, tie.get("Target", "")))[1:]
            if tie.get("TargetMode") != "External" and target.lower() in self._names:
                found[tie.get("Id", "")] = Relation(kind, target)
        return found

    def related(self, part: str, kind: str) -> Element | None:
        """Root element of the first related part of a kind."""
        for relation in self.relations(part).values():
            if relation.kind == kind:
                return self.xml(relation.target)
        return None


def is_true(value: str | None) -> bool:
    """Of an attribute of type xsd:boolean."""
    return value in ("1", "true")


def parsed(content: bytes) -> Element:
    """XML without entities, comments and processing instructions."""
    return etree.fromstring(content, etree.XMLParser(**_SAFE))


def office_kind(path: Path) -> Kind | None:
    """Which Office file a ZIP archive is; None when it is none.

    Raises:
        RejectedFileError: an Office file of a kind that is not read.
    """
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        if "mimetype" in names and "content.xml" in names:
            raise RejectedFileError(unsupported("an OpenDocument file"))
    if "[Content_Types].xml" not in names:
        return None
    with path.open("rb") as file:
        package = Package(file)
        try:
            signs = (package.content_type(package.main), package.main)
        except Exception as error:
            raise RejectedFileError(why_unreadable(error)) from error
    if signs[0].startswith(_BINARY_WORKBOOK):
        raise RejectedFileError(unsupported("a binary workbook (XLSB)"))
    return next(
        (kind for start, kind in _MAIN_TYPES if any(s.startswith(start) for s in signs)), None
    )


def opened(path: Path) -> IO[bytes]:
    """The file; a strict one with the names that libraries know."""
    content = path.read_bytes()
    with zipfile.ZipFile(BytesIO(content)) as source:
        first = next((n for n in source.namelist() if n.lower() == "_rels/.rels"), None)
        if first is None or _STRICT_MARK not in source.read(first):
            return BytesIO(content)
        converted = BytesIO()
        with zipfile.ZipFile(converted, "w") as target:
            for name in source.namelist():
                part = source.read(name)
                if name.endswith((".xml", ".rels")):
                    part = _STRICT.sub(_TRANSITIONAL, part)
                target.writestr(name, part)
        converted.seek(0)
        return converted


def why_unreadable(error: BaseException) -> Rejection:
    """What to tell of an exception that a library let out: a limit is no damage."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, etree.XMLSyntaxError) and _code(seen) in _TOO_LARGE:
            return PART_TOO_LARGE
        if isinstance(seen, ElementTree.ParseError) and _code(seen) == _EXPAT_AMPLIFIED:
            return PART_TOO_LARGE
        if isinstance(seen, NotImplementedError):
            return unsupported("packed in a way that is not read")
        if isinstance(seen, RuntimeError) and "password" in str(seen):  # zipfile's only sign
            return ENCRYPTED
        seen = seen.__cause__ or seen.__context__
    return CORRUPTED


def _code(error: BaseException) -> int | None:
    return getattr(error, "code", None)
