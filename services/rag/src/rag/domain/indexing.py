"""What is said about an upload."""

from contracts.knowledge import DocumentIndexed, DocumentRejected, DocumentUploaded, DocumentWarning
from rag.domain.documents import ParsedDocument, Rejection
from rag.domain.passages import IndexName, KnownDocument, StoreOutcome

_GIVEN_UP = Rejection(
    "internal", "The document could not be indexed because of a fault on our side: try again."
)
_NEWER_THERE = Rejection("superseded", "A newer upload of the same name has taken its place.")
_REMOVED = Rejection("removed", "The document was removed before it was indexed.")


def decide_known(
    upload: DocumentUploaded, known: KnownDocument | None, index: IndexName
) -> DocumentIndexed | None:
    """The very bytes are in the index already, by this model; None: they are to be indexed.

    A document that this same upload has put there is `indexed`, not `unchanged`: a redelivery says
    what the first delivery said.
    """
    if known is None or known.sha256 != upload.sha256 or known.index != index:
        return None
    return DocumentIndexed(
        document_id=upload.document_id,
        name=upload.name,
        status="indexed" if known.document_id == upload.document_id else "unchanged",
        pages=known.pages,
        passages=known.passages,
    )


def decide_stored(
    upload: DocumentUploaded, stored: StoreOutcome, document: ParsedDocument, passages: int
) -> DocumentIndexed | DocumentRejected:
    """What became of a document that was read and embedded."""
    match stored:
        case "newer_there":
            return rejected(upload, _NEWER_THERE)
        case "removed":
            return rejected(upload, _REMOVED)
        case "stored":
            return DocumentIndexed(
                document_id=upload.document_id,
                name=upload.name,
                status="indexed",
                pages=document.pages,
                passages=passages,
                warnings=tuple(
                    DocumentWarning(code=o.code, where=o.where) for o in document.left_out
                ),
            )


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
