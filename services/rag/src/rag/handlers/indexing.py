import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from contracts.fact import Envelope, Fact
from contracts.knowledge import (
    DocumentIndexed,
    DocumentRejected,
    DocumentRemoved,
    DocumentUploaded,
    Progress,
)
from rag.domain.chunking import cut
from rag.domain.documents import ParsedDocument, Rejection
from rag.domain.indexing import decide_known, decide_stored, given_up, rejected
from rag.domain.passages import NewDocument, NewPassage, Vectors, joined
from rag.ports.embedding import EmbeddingModel
from rag.ports.indexing import DocumentStore, IndexingDeps, IndexingProgress
from runtime.bus import GivenUp

EMBEDDED_AT_ONCE: Final = 64
"""Passages between two steps of the progress; about a second of one core."""


async def on_document_uploaded(
    event: Envelope[DocumentUploaded], *, deps: IndexingDeps
) -> Sequence[Fact]:
    """Make a document findable, or say why not; the old one stays until the new is whole."""
    upload, tenant_id = event.data, event.tenant_id
    known = await deps.store.find(tenant_id, upload.name)
    decided = decide_known(upload, known, deps.embedder.index)
    if known is not None and decided is not None:
        await deps.store.rename(tenant_id, known.document_id, _new(event, known.pages))
        return [decided]
    try:
        await deps.progress.show(tenant_id, upload.document_id, Progress(phase="reading"))
        async with deps.originals.local(tenant_id, upload.file) as path:
            parsed = await _parse(event, path, deps)
        if isinstance(parsed, Rejection):
            return [rejected(upload, parsed)]
        return [await _index(event, parsed, deps)]
    finally:
        await deps.progress.end(tenant_id, upload.document_id)


async def on_document_removed(
    event: Envelope[DocumentRemoved], *, store: DocumentStore
) -> Sequence[Fact]:
    await store.remove(event.tenant_id, event.data.document_id, event.occurred_at)
    return []


async def on_document_given_up(
    event: Envelope[DocumentUploaded], _reason: GivenUp
) -> Sequence[Fact]:
    """A dead letter is never silence: whoever uploaded it is told."""
    return [given_up(event.data)]


async def _parse(
    event: Envelope[DocumentUploaded], path: Path, deps: IndexingDeps
) -> ParsedDocument | Rejection:
    """The document, with what OCR reads on pages that are pictures."""
    name, parser = event.data.name, deps.parser
    parsed = await parser.parse(path, name)
    if isinstance(parsed, Rejection) or not parsed.scans:
        return parsed
    found = await deps.scans.read(event, parsed.scans, partial(parser.render, path))
    return await parser.parse(path, name, found)


async def _index(
    event: Envelope[DocumentUploaded], document: ParsedDocument, deps: IndexingDeps
) -> DocumentIndexed | DocumentRejected:
    embedder = deps.embedder
    tokens = await embedder.tokens(document)
    # A thread: cutting a thousand pages takes a second, and questions must not wait for it.
    chunks = await asyncio.to_thread(cut, document, tokens, deps.rules)
    passages = [NewPassage(chunk, document.text[chunk.start : chunk.end]) for chunk in chunks]
    texts = [passage.search_text for passage in passages]
    async with embedder.charged(event, texts) as model:
        vectors = await _embed(event, texts, model, deps.progress)
    stored = await deps.store.replace(
        event.tenant_id, _new(event, document.pages), embedder.index, passages, vectors
    )
    return decide_stored(event.data, stored, document, len(passages))


async def _embed(
    event: Envelope[DocumentUploaded],
    texts: Sequence[str],
    model: EmbeddingModel,
    progress: IndexingProgress,
) -> Vectors:
    begins = Progress(phase="indexing", total=len(texts))
    await progress.show(event.tenant_id, event.data.document_id, begins)
    parts: list[Vectors] = []
    for begun in range(0, max(1, len(texts)), EMBEDDED_AT_ONCE):
        some = texts[begun : begun + EMBEDDED_AT_ONCE]
        parts.append(await model.embed_passages(some))
        step = Progress(phase="indexing", done=begun + len(some), total=len(texts))
        await progress.show(event.tenant_id, event.data.document_id, step)
    return joined(parts)


def _new(event: Envelope[DocumentUploaded], pages: int | None) -> NewDocument:
    upload = event.data
    return NewDocument(upload.document_id, upload.name, upload.sha256, pages, event.occurred_at)
