"""Documents in and out, and what they say."""

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from contracts.errors import RejectedError
from contracts.http import Document, Documents, DocumentText
from contracts.ids import DocumentId
from contracts.knowledge import DocumentRemoved, DocumentUploaded, Passage, Progress
from gateway.domain.callers import Caller
from gateway.domain.content import checked_name, document_id_of, original_of
from gateway.ports.documents import (
    DocumentStore,
    IndexingProgress,
    Knowledge,
    NewestChanges,
    SavedChange,
)
from gateway.ports.outbox import Outbox
from gateway.services.originals import Originals
from runtime.ids import new_id


@dataclass(frozen=True)
class Upload:
    """One file of a request; `read` gives its bytes from the beginning, each time."""

    name: str
    media_type: str
    read: Callable[[], AsyncIterator[bytes]]


@dataclass(frozen=True)
class KnowledgeService:
    """The tenant's documents. A name is one document: newer bytes replace the older ones."""

    documents: DocumentStore
    outbox: Outbox
    originals: Originals
    knowledge: Knowledge
    progress: IndexingProgress
    newest: NewestChanges

    async def add(self, caller: Caller, uploads: Sequence[Upload]) -> list[Document]:
        """Take each file; one that is refused at the door does not keep the others out."""
        caller.require("write")
        return [await self._add(caller, upload) for upload in uploads]

    async def _add(self, caller: Caller, upload: Upload) -> Document:
        try:
            name = checked_name(upload.name)
        except RejectedError as error:
            return _refused(upload.name[:100], "bad_name", str(error))
        size_bytes, sha256 = await _measure(upload)
        if size_bytes == 0:
            return _refused(name, "empty", "The file is empty.")
        if size_bytes > self.originals.max_bytes:
            limit = f"The file is larger than {self.originals.max_bytes // 10**6} MB."
            return _refused(name, "too_large", limit)
        document_id = document_id_of(caller.tenant_id, name)
        same = await self.documents.same(caller.tenant_id, document_id, sha256)
        return (
            await self._already(caller, same) if same else await self._store(caller, upload, name)
        )

    async def _already(self, caller: Caller, same: Document) -> Document:
        if same.status != "pending":
            return same.model_copy(update={"status": "unchanged"})
        [shown] = await self._with_progress(caller, [same])
        return shown

    async def _store(self, caller: Caller, upload: Upload, name: str) -> Document:
        upload_id, document_id = new_id(), document_id_of(caller.tenant_id, name)
        file = original_of(upload_id)
        async with self.originals.stored(
            caller.tenant_id, document_id, file, upload.read()
        ) as stored:
            uploaded = DocumentUploaded(
                document_id=document_id,
                file=file,
                name=name,
                media_type=upload.media_type,
                size_bytes=stored.size_bytes,
                sha256=stored.sha256,
            )
            saved = await self.documents.upload(
                self.outbox.envelope(uploaded, tenant_id=caller.tenant_id, event_id=upload_id)
            )
        if isinstance(saved, Document):
            await self.originals.delete(caller.tenant_id, file)
            return await self._already(caller, saved)
        await self._publish(saved)
        return Document(
            document_id=uploaded.document_id,
            name=name,
            status="pending",
            size_bytes=uploaded.size_bytes,
            media_type=uploaded.media_type,
            progress=Progress(phase="received"),
        )

    async def _publish(self, saved: SavedChange) -> None:
        await self.newest.note(saved.event)
        await self.outbox.publish(saved.event)
        if saved.needless is not None:
            await self.originals.delete(saved.event.tenant_id, saved.needless)

    async def _with_progress(
        self, caller: Caller, documents: Sequence[Document]
    ) -> Sequence[Document]:
        pending = {
            document.document_id: document
            for document in documents
            if document.status == "pending" and document.document_id is not None
        }
        known = await self.progress.of(caller.tenant_id, list(pending))
        received = Progress(phase="received")
        shown = {
            name: document.model_copy(update={"progress": known.get(name, received)})
            for name, document in pending.items()
        }
        return [shown.get(one.document_id, one) if one.document_id else one for one in documents]

    async def list(self, caller: Caller, *, limit: int, after: str | None) -> Documents:
        caller.require("read")
        found = await self.documents.list(caller.tenant_id, limit=limit + 1, after=after)
        shown = await self._with_progress(caller, found[:limit])
        return Documents(
            documents=tuple(shown), next=shown[-1].name if len(found) > limit else None
        )

    async def get(self, caller: Caller, document_id: DocumentId) -> Document:
        caller.require("read")
        document = await self.documents.find(caller.tenant_id, document_id)
        if document is None:
            raise _no_document()
        [document] = await self._with_progress(caller, [document])
        return document

    async def remove(self, caller: Caller, document_id: DocumentId) -> None:
        caller.require("write")
        event = self.outbox.envelope(
            DocumentRemoved(document_id=document_id), tenant_id=caller.tenant_id
        )
        saved = await self.documents.remove(event)
        if saved is None:
            raise _no_document()
        await self._publish(saved)

    async def text(self, caller: Caller, document_id: DocumentId, *, at: int) -> DocumentText:
        """The page around a place. Raises RejectedError("not_found")."""
        caller.require("read")
        found = await self.knowledge.text(caller.tenant_id, document_id, at=at)
        if found is None:
            raise _no_document()
        return found

    async def search(self, caller: Caller, text: str, *, limit: int) -> Sequence[Passage]:
        caller.require("read")
        return await self.knowledge.search(caller.tenant_id, text, limit=limit)


def _no_document() -> RejectedError:
    return RejectedError("There is no such document.", code="not_found")


def _refused(name: str, code: str, reason: str) -> Document:
    return Document(document_id=None, name=name, status="rejected", code=code, reason=reason)


async def _measure(upload: Upload) -> tuple[int, str]:
    """Size in bytes and SHA-256, hex."""
    size_bytes, digest = 0, hashlib.sha256()
    async for chunk in upload.read():
        size_bytes += len(chunk)
        digest.update(chunk)
    return size_bytes, digest.hexdigest()
