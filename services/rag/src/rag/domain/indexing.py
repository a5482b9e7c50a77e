"""What is said about an upload."""

from collections.abc import Sequence

from contracts.knowledge import DocumentIndexed, DocumentRejected, DocumentUploaded, DocumentWarning
from rag.domain.documents import LeftOut, ParsedDocument, Rejection
from rag.domain.passages import KnownDocument, Obsolete, StoreOutcome

_GIVEN_UP = Rejection(
    "internal", "The document could not be indexed because of a fault on our side: try again."
)
_NEWER_THERE = Rejection("superseded", "A newer upload of the same name has taken its place.")
_FILE_GONE = Rejection("file_gone", "The uploaded file is no longer there: upload it again.")
_REMOVED = Rejection("removed", "The document was removed before it was indexed.")


def decide_known(
    upload: DocumentUploaded, known: KnownDocument | Obsolete
) -> DocumentIndexed | DocumentRejected:
    """What became of an upload whose bytes are in the index already, or that no longer counts.

    A document that this same upload has put there is `indexed`, not `unchanged`: a redelivery says
    what the first delivery said.
    """
    if not isinstance(known, KnownDocument):
        return obsolete(upload, known)
    return DocumentIndexed(
        document_id=upload.document_id,
        name=upload.name,
        status="indexed" if known.document_id == upload.document_id else "unchanged",
        pages=known.pages,
        passages=known.passages,
        warnings=_warnings(known.left_out),
    )


def decide_stored(
    upload: DocumentUploaded, stored: StoreOutcome, document: ParsedDocument, passages: int
) -> DocumentIndexed | DocumentRejected:
    """What became of a document that was read and embedded."""
    if stored != "stored":
        return obsolete(upload, stored)
    return DocumentIndexed(
        document_id=upload.document_id,
        name=upload.name,
        status="indexed",
        pages=document.pages,
        passages=passages,
        warnings=_warnings(document.left_out),
    )


def obsolete(upload: DocumentUploaded, why: Obsolete) -> DocumentRejected:
    """For the record: whoever made the newer upload is not told this of it."""
    return rejected(upload, _REMOVED if why == "removed" else _NEWER_THERE)


def file_gone(upload: DocumentUploaded) -> DocumentRejected:
    """The original is not kept once an upload no longer counts; else it was lost."""
    return rejected(upload, _FILE_GONE)


def rejected(upload: DocumentUploaded, rejection: Rejection) -> DocumentRejected:
    return DocumentRejected(
        document_id=upload.document_id,
        name=upload.name,
        code=rejection.code,
        reason=rejection.reason,
    )


def given_up(upload: DocumentUploaded) -> DocumentRejected:
    """After the last delivery."""
    return rejected(upload, _GIVEN_UP)


def _warnings(left_out: Sequence[LeftOut]) -> tuple[DocumentWarning, ...]:
    return tuple(DocumentWarning(code=part.code, where=part.where) for part in left_out)
