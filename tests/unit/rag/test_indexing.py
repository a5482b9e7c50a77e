from dataclasses import replace

from contracts.ids import DocumentId
from contracts.knowledge import DocumentIndexed, DocumentRejected, DocumentUploaded, DocumentWarning
from rag.domain.documents import LeftOut, ParsedDocument
from rag.domain.indexing import decide_known, decide_stored, given_up
from rag.domain.passages import Change, IndexName, KnownDocument, Upload
from runtime.ids import new_id
from support.rag.knowledge import NOON

DOCUMENT = ParsedDocument("It takes a day.", (), 2)
INDEX = IndexName("model", 384)
UPLOAD = DocumentUploaded(
    document_id=DocumentId(new_id()),
    file="documents/1",
    name="a.pdf",
    media_type="application/pdf",
    size_bytes=1,
    sha256="a" * 64,
)


def known(*, document_id: DocumentId = UPLOAD.document_id, sha256: str = "a" * 64) -> KnownDocument:
    return KnownDocument(document_id, "a.pdf", sha256, pages=2, passages=5)


def upload(sha256: str = "a" * 64) -> Upload:
    return Upload(UPLOAD.document_id, UPLOAD.name, sha256, Change(1, NOON))


def test_a_document_is_the_same_only_by_its_bytes() -> None:
    assert known().is_same(upload())
    assert not known().is_same(upload("b" * 64))


def test_the_same_bytes_of_another_upload_are_unchanged() -> None:
    said = decide_known(UPLOAD, known(document_id=DocumentId(new_id())))
    assert isinstance(said, DocumentIndexed)
    assert (said.status, said.document_id, said.passages) == ("unchanged", UPLOAD.document_id, 5)


def test_a_redelivery_says_what_the_first_delivery_said() -> None:
    first = decide_stored(UPLOAD, "stored", DOCUMENT, 5)
    assert decide_known(UPLOAD, known()) == first
    assert isinstance(first, DocumentIndexed)


def test_what_was_left_out_of_a_document_is_said() -> None:
    partly = ParsedDocument("It takes a day.", (), 2, (LeftOut("page_without_text", "page 2"),))
    said = decide_stored(UPLOAD, "stored", partly, 5)
    assert isinstance(said, DocumentIndexed)
    assert said.warnings == (DocumentWarning(code="page_without_text", where="page 2"),)


def test_an_equal_upload_is_warned_of_what_was_left_out_at_first() -> None:
    part = LeftOut("hidden_text", "page 1")
    said = decide_known(UPLOAD, replace(known(), left_out=(part,)))
    assert isinstance(said, DocumentIndexed)
    assert said.warnings == (DocumentWarning(code="hidden_text", where="page 1"),)


def test_what_was_not_stored_is_rejected_with_its_reason() -> None:
    superseded = decide_stored(UPLOAD, "newer_there", DOCUMENT, 5)
    removed = decide_stored(UPLOAD, "removed", DOCUMENT, 5)
    assert isinstance(superseded, DocumentRejected)
    assert isinstance(removed, DocumentRejected)
    assert (superseded.code, removed.code) == ("superseded", "removed")


def test_a_document_that_is_given_up_is_rejected() -> None:
    assert given_up(UPLOAD).code == "internal"
