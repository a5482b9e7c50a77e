"""The tenant's documents, and what was found in them."""

from typing import ClassVar, Final, Literal

from pydantic import Field

from contracts.fact import Fact, Model, TurnFact
from contracts.ids import DocumentId, TenantId


class DocumentFact(Fact):
    """A fact about one document, which its key names."""

    document_id: DocumentId

    @property
    def key(self) -> str:
        return str(self.document_id)


class DocumentChange(DocumentFact):
    """The tenant changed a document; of two changes the one with the greater number counts."""

    change_number: int | None = Field(
        default=None,
        ge=1,
        description="In the order in which the gateway committed the changes of a document. None: "
        "stated by a version that did not number them; against those the time decides.",
    )


class DocumentUploaded(DocumentChange):
    """A document waits in the file store to be indexed."""

    event_type: ClassVar[str] = "knowledge.document_uploaded.v1"
    file: str = Field(description="Name in the file store, within the tenant.")
    name: str = Field(max_length=255, description="As uploaded; what citations show.")
    media_type: str = Field(description="As claimed by the client; the content decides.")
    size_bytes: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class DocumentRemoved(DocumentChange):
    """A document must no longer be found."""

    event_type: ClassVar[str] = "knowledge.document_removed.v1"


class DocumentWarning(Model):
    """A part of a document that cannot be found, because it was not read."""

    code: str = Field(pattern="^[a-z0-9_]+$", max_length=40, description="Public, snake_case.")
    where: str = Field(
        max_length=120, description="For people: `page 2`, `sheet Costs`; empty for the whole file."
    )


class DocumentIndexed(DocumentFact):
    """A document can be found now."""

    event_type: ClassVar[str] = "knowledge.document_indexed.v1"
    name: str = Field(max_length=255)
    status: Literal["indexed", "unchanged"]
    pages: int | None = Field(ge=0, description="Pages, slides or sheets; None where no such.")
    passages: int = Field(ge=0)
    warnings: tuple[DocumentWarning, ...] = Field(
        default=(), description="What was left out, in the order of the document."
    )


class DocumentRejected(DocumentFact):
    """A document cannot be indexed."""

    event_type: ClassVar[str] = "knowledge.document_rejected.v1"
    name: str = Field(max_length=255)
    code: str = Field(description="snake_case, public: encrypted, no_text, too_large, ...")
    reason: str = Field(description="One sentence that says what to do.")


class Progress(Model):
    """How far an uploaded document is on its way into the index. No fact: it is gone at the end."""

    phase: Literal["received", "reading", "indexing"] = Field(
        description="Waits for its turn; its text is read; its passages are made findable."
    )
    done: int = Field(default=0, ge=0, description="Passages, while indexing.")
    total: int | None = Field(default=None, ge=0, description="Passages; None until it is read.")


PROGRESS_LIFETIME_S: Final = 600
"""Renewed with each step; what a crash leaves behind is forgotten."""


def progress_key(tenant_id: TenantId, document_id: DocumentId) -> str:
    """Where rag keeps a document's `Progress` in Redis, as JSON, while it works on it."""
    return f"rag:progress:{tenant_id}:{document_id}"


NEWEST_CHANGE_LIFETIME_S: Final = 6 * 3_600
"""As long as an upload is likely to wait; what is forgotten costs rag some work."""


def newest_change_key(tenant_id: TenantId, document_id: DocumentId) -> str:
    """Where the gateway keeps the `change_number` of a document's newest change in Redis.

    rag passes over uploads that wait with a lower one; which version counts is not decided by it.
    """
    return f"gateway:newest-change:{tenant_id}:{document_id}"


class Passage(Model):
    """A piece of a document that may answer."""

    document_id: DocumentId
    document: str = Field(description="The uploaded file's name.")
    page: int | None = Field(ge=1, description="Page, slide or sheet; None where no such.")
    start: int = Field(ge=0, description="Characters into the document's text.")
    end: int = Field(ge=0)
    text: str
    heading: str = Field(default="", description="Heading path, ' > ' between levels.")
    header: str = Field(
        default="", description="The row that names the columns, where it begins inside a table."
    )
    score: float = Field(
        ge=0, description="Fused, higher is better; see docs/decisions/0007-retrieval-scores.md."
    )
    similarity: float | None = Field(
        default=None, ge=-1, le=1, description="Cosine to the question; None if not computed."
    )
    found_by: tuple[Literal["vector", "text", "rerank"], ...]


class TakenAs(Model):
    """Words of a question that were taken for others that sound like them."""

    heard: str = Field(description="As the question has them.")
    taken: str = Field(description="As the documents, or the screen, have them.")


class Retrieval(Model):
    """What found the passages of an answer, as `PassagesFound` says it."""

    embedding: str = Field(
        description="Model whose vectors were compared; `failed`: none made the question's, its "
        "words alone decided; empty: nothing was there to compare."
    )
    rerank: str = Field(
        description="`provider:model` that put the passages into their order; `failed`: it did not "
        "answer, the order is that of the fused scores; empty: none was asked."
    )


class PassagesFound(TurnFact):
    """What the documents say about a turn; empty when they say nothing."""

    event_type: ClassVar[str] = "knowledge.passages_found.v1"
    passages: tuple[Passage, ...] = Field(description="Best first.")
    took_ms: int = Field(ge=0)
    taken_as: tuple[TakenAs, ...] = Field(
        default=(), description="The passages are those of the question read so."
    )
    unknown_words: tuple[str, ...] = Field(
        default=(), description="Other words of the question, small, that no document holds."
    )
    embedding: str = Field(
        default="",
        description="Model whose vectors were compared; `failed`: none made the question's, its "
        "words alone decided; empty: nothing was there to compare, or it was not said.",
    )
    rerank: str = Field(
        default="",
        description="`provider:model` that put the passages into this order; `failed`: it did not "
        "answer, the order is that of the score; empty: none was asked.",
    )
