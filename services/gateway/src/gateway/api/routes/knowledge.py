from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, File, Query, UploadFile

from contracts.http import NO_NUL, Document, Documents, DocumentText, SearchBody, SearchResult
from contracts.ids import DocumentId
from gateway.api.auth import CallerDep, KeyFirst, TenantDep
from gateway.api.deps import DepsDep
from gateway.api.uploads import FILES_AT_MOST, UploadRoute
from gateway.services.knowledge import Upload

router = APIRouter(tags=["knowledge"], route_class=KeyFirst)
uploads = APIRouter(
    route_class=UploadRoute, form_limits={"max_files": FILES_AT_MOST, "max_fields": 0}
)

CHUNK_BYTES: Final = 64 * 1024


@uploads.post("/v1/knowledge", status_code=202)
async def add_documents(
    files: Annotated[list[UploadFile], File(min_length=1, max_length=FILES_AT_MOST)],
    caller: CallerDep,
    deps: DepsDep,
) -> Documents:
    """Send documents; each is indexed soon (`pending`), `unchanged`, or rejected with a reason."""
    documents = await deps.knowledge.add(caller, [_upload(file) for file in files])
    return Documents(documents=tuple(documents))


router.include_router(uploads)


@router.get("/v1/knowledge")
async def list_documents(
    caller: CallerDep,
    deps: DepsDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 500,
    after: Annotated[
        str | None, Query(max_length=255, pattern=NO_NUL, description="`next` of the page before.")
    ] = None,
) -> Documents:
    """The tenant's documents, by name."""
    return await deps.knowledge.list(caller, limit=limit, after=after)


@router.get("/v1/knowledge/{document_id}")
async def look_at_document(document_id: DocumentId, caller: CallerDep, deps: DepsDep) -> Document:
    """One document and how far it is."""
    return await deps.knowledge.get(caller, document_id)


@router.get("/v1/knowledge/{document_id}/text")
async def read_document(
    document_id: DocumentId,
    caller: CallerDep,
    deps: DepsDep,
    at: Annotated[int, Query(ge=0, le=10**9, description="A source's `start`.")] = 0,
) -> DocumentText:
    """What a document says on the page that a place of its text lies on."""
    return await deps.knowledge.text(caller, document_id, at=at)


@router.delete("/v1/knowledge/{document_id}", status_code=204)
async def remove_document(document_id: DocumentId, caller: CallerDep, deps: DepsDep) -> None:
    """Forget a document: it is no longer found."""
    await deps.knowledge.remove(caller, document_id)


@router.post("/v1/search")
async def search_documents(
    body: SearchBody, caller: CallerDep, tenant: TenantDep, deps: DepsDep
) -> SearchResult:
    """Passages that may answer, best first; none where the tenant switched knowledge off."""
    if not tenant.config.knowledge:
        caller.require("read")
        return SearchResult(passages=())
    limit = min(body.limit, tenant.limits.knowledge_limit)
    passages = await deps.knowledge.search(caller, body.text, limit=limit)
    return SearchResult(passages=tuple(passages))


def _upload(file: UploadFile) -> Upload:
    async def read() -> AsyncIterator[bytes]:
        await file.seek(0)
        while chunk := await file.read(CHUNK_BYTES):
            yield chunk

    return Upload(file.filename or "", file.content_type or "application/octet-stream", read)
