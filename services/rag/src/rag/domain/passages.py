"""Passages on their way into the index and out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from rag.domain.chunking import Chunk
from rag.domain.documents import LeftOut
from rag.domain.ranking import Retriever

Vectors = NDArray[np.float32]
"""Rows of length 1, so that the dot product is the cosine."""

HEADER_CHARS = 2_000
"""A longer row of column names is not kept: a passage of its own text has no more."""
CONTEXT_CHARS = 200
"""Of the heading path (its end, the nearest) and of the column names, each: about 50 tokens."""


def joined(parts: Sequence[Vectors]) -> Vectors:
    """All rows, in order; at least one part."""
    return np.concatenate(parts)


@dataclass(frozen=True)
class IndexName:
    """Vectors of one model in one dimension; vectors of two are never compared.

    Attributes:
        model: `provider:model`; our own local model has no provider.
        dimension: numbers in a vector.
    """

    model: str
    dimension: int

    @property
    def provider(self) -> str:
        """Empty for our own local model."""
        return self.model.partition(":")[0] if ":" in self.model else ""

    @property
    def name(self) -> str:
        """The model, as its provider calls it."""
        return self.model.partition(":")[2] if ":" in self.model else self.model


@dataclass(frozen=True)
class Compared:
    """A question's vector, and the index that it can be compared in."""

    index: IndexName
    vector: Vectors


@dataclass(frozen=True)
class Change:
    """Which upload or removal of a document it was.

    Attributes:
        number: the gateway's; of two changes the one with the greater number is later.
        at: decides where one of the two has no number (docs/decisions/0014-order-of-uploads.md).
    """

    number: int | None
    at: datetime


@dataclass(frozen=True)
class Upload:
    """What was uploaded."""

    document_id: UUID
    name: str
    sha256: str
    change: Change


@dataclass(frozen=True)
class NewDocument:
    """A document as it goes into the index."""

    upload: Upload
    pages: int | None
    left_out: Sequence[LeftOut] = ()


@dataclass(frozen=True)
class NewPassage:
    """A passage as it goes into the index; its place in the list is its ordinal."""

    chunk: Chunk
    text: str

    @property
    def header(self) -> str:
        """The row that names its columns, where it begins inside a table; else ""."""
        return self.chunk.header if len(self.chunk.header) <= HEADER_CHARS else ""

    @property
    def search_text(self) -> str:
        """What is embedded and searched: headings and column names, then the text itself."""
        return search_text(self.chunk.heading, self.chunk.header, self.text)


def search_text(heading: str, header: str, text: str) -> str:
    """See `NewPassage.search_text`."""
    # A heading stands at the passage's own begin, too, when it is what the passage begins with.
    last_heading = heading.rpartition(" > ")[2]
    shown = "" if text.startswith(last_heading) else heading
    context = (shown[-CONTEXT_CHARS:], header[:CONTEXT_CHARS])
    return "\n".join(part for part in (*context, text) if part)


@dataclass(frozen=True)
class KnownDocument:
    """A document that is in the index."""

    document_id: UUID
    name: str
    sha256: str
    pages: int | None
    passages: int
    left_out: Sequence[LeftOut] = ()

    def is_same(self, upload: Upload) -> bool:
        """Whether an upload has the very bytes that are there, whatever model embedded them."""
        return self.sha256 == upload.sha256


Obsolete = Literal["newer_there", "removed"]
"""Why an upload no longer counts."""
StoreOutcome = Literal["stored"] | Obsolete
"""What became of a document that was to be stored."""


@dataclass(frozen=True)
class StoredPassage:
    """A passage as it is kept.

    Attributes:
        similarity: cosine to the question in [-1, 1]; None where one of them has no vector.
        header: the row that names the columns, when it begins inside a table; else "".
    """

    passage_id: int
    document_id: UUID
    document: str
    page: int | None
    start: int
    end: int
    heading: str
    text: str
    similarity: float | None
    header: str = ""


@dataclass(frozen=True)
class Unembedded:
    """A passage that has no vector in some index; `text` is what is to be embedded."""

    passage_id: int
    document_id: UUID
    text: str


@dataclass(frozen=True)
class RelevantPassage:
    """A passage in a result."""

    passage: StoredPassage
    score: float
    found_by: tuple[Retriever, ...]
