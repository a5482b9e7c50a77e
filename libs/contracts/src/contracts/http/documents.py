"""The tenant's documents: upload, search, text around a citation."""

from typing import Literal

from pydantic import Field, computed_field

from contracts.document_warnings import sentence_of
from contracts.fact import Model
from contracts.http.values import Question
from contracts.ids import DocumentId, SessionId, TenantSlug, TurnId
from contracts.knowledge import DocumentWarning, Passage, Progress, TakenAs


class ReadableWarning(DocumentWarning):
    """What of a document was left out, with a sentence for people."""

    @computed_field(description="Place and meaning, in one sentence.")
    @property
    def text(self) -> str:
        return sentence_of(self)


class Document(Model):
    """One document of the tenant."""

    document_id: DocumentId | None = Field(description="None when it was refused at the door.")
    name: str
    status: Literal["pending", "indexed", "unchanged", "rejected"]
    code: str | None = Field(default=None, description="Why it was rejected; snake_case.")
    reason: str | None = Field(default=None, description="Why, in one sentence.")
    pages: int | None = None
    passages: int | None = None
    size_bytes: int = 0
    media_type: str | None = None
    progress: Progress | None = Field(default=None, description="While it is pending.")
    warnings: tuple[ReadableWarning, ...] = Field(
        default=(),
        description="What was left out and cannot be found; docs/reference/document-warnings.md.",
    )


class Documents(Model):
    """Documents: after an upload those just sent, in their order; else all, by name."""

    documents: tuple[Document, ...]
    next: str | None = Field(
        default=None, description="`after` of the next page; None on the last."
    )


class SearchBody(Model):
    """Search the tenant's documents."""

    text: Question
    limit: int = Field(
        default=5, ge=1, le=20, description="Of passages; the tenant's plan may allow fewer."
    )


class PassageQuery(SearchBody):
    """A service to rag, which trusts the service token to name the tenant.

    What the search costs is the tenant's, and its turn's where it is made for one.
    """

    tenant_id: TenantSlug
    session_id: SessionId | None = None
    turn_id: TurnId | None = None


class SearchResult(Model):
    """Passages, best first; empty when the documents do not say."""

    passages: tuple[Passage, ...]
    taken_as: tuple[TakenAs, ...] = Field(
        default=(), description="The passages are those of the text read so."
    )


class TextQuery(Model):
    """The gateway to rag: a piece of a document's text."""

    tenant_id: TenantSlug
    document_id: DocumentId
    at: int = Field(ge=0, description="Characters into the document's text.")


class DocumentText(Model):
    """The text of one page of a document; where it has none, what stands around a place."""

    document_id: DocumentId
    document: str
    page: int | None
    pages: int | None
    start: int = Field(ge=0, description="Of the text, characters into the document's.")
    text: str
    heading: str = ""


class FoundText(Model):
    """rag to the gateway."""

    found: DocumentText | None = Field(description="None when it is not indexed.")
