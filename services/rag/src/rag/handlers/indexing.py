import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts.fact import Envelope, Fact
from contracts.knowledge import (
    DocumentIndexed,
    DocumentRejected,
    DocumentRemoved,
    DocumentUploaded,
    Progress,
)
from rag.domain.chunking import ChunkRules, cut
from rag.domain.documents import Document, Rejection
from rag.domain.indexing import decide_known, decide_stored, given_up, rejected
from rag.domain.passages import NewDocument, NewPassage, Vectors, joined
from rag.ports import Bar, Embedder, Originals, Parser, Shelf
from runtime.bus import GivenUp
from spending import LOCAL, Call, Model, Quantity, Spending

EMBEDDED_AT_ONCE: Final = 64
"""Passages between two steps of the bar; about a second of one core."""


@dataclass(frozen=True)
class Indexing:
    """What indexing needs."""

    originals: Originals
    parser: Parser
    embedder: Embedder
    shelf: Shelf
    rules: ChunkRules
    spending: Spending
    bar: Bar


async def on_document_uploaded(
    event: Envelope[DocumentUploaded], *, indexing: Indexing
) -> Sequence[Fact]:
    """Make a document findable, or say why not; the old one stays until the new is whole."""
    upload, tenant_id = event.data, event.tenant_id
    known = await indexing.shelf.find(tenant_id, upload.name)
    decided = decide_known(upload, known, indexing.embedder.index)
    if known is not None and decided is not None:
        await indexing.shelf.rename(tenant_id, known.document_id, _new(event, known.pages))
        return [decided]
    try:
        await indexing.bar.show(tenant_id, upload.document_id, Progress(phase="reading"))
        async with indexing.originals.local(tenant_id, upload.file) as path:
            parsed = await indexing.parser.parse(path, upload.name)
        if isinstance(parsed, Rejection):
            return [rejected(upload, parsed)]
        return [await _index(event, parsed, indexing)]
    finally:
        await indexing.bar.end(tenant_id, upload.document_id)


async def on_document_removed(event: Envelope[DocumentRemoved], *, shelf: Shelf) -> Sequence[Fact]:
    await shelf.remove(event.tenant_id, event.data.document_id, event.occurred_at)
    return []


async def on_document_given_up(
    event: Envelope[DocumentUploaded], _reason: GivenUp
) -> Sequence[Fact]:
    """A dead letter is never silence: whoever uploaded it is told."""
    return [given_up(event.data)]


async def _index(
    event: Envelope[DocumentUploaded], document: Document, indexing: Indexing
) -> DocumentIndexed | DocumentRejected:
    embedder = indexing.embedder
    tokens = await embedder.tokens(document)
    # A thread: cutting a thousand pages takes a second, and questions must not wait for it.
    chunks = await asyncio.to_thread(cut, document, tokens, indexing.rules)
    passages = [NewPassage(chunk, document.text[chunk.start : chunk.end]) for chunk in chunks]
    searched = [passage.searched for passage in passages]
    used = Quantity.tokens(await asyncio.to_thread(embedder.count, searched))
    model = Model(LOCAL, embedder.index.model)
    part = str(event.data.document_id)
    async with indexing.spending.call(Call(event, part, "embedding", model, used)) as held:
        vectors = await _embed(event, searched, indexing)
        await held.settle(used)
    stored = await indexing.shelf.replace(
        event.tenant_id, _new(event, document.pages), embedder.index, passages, vectors
    )
    return decide_stored(event.data, stored, document.pages, len(passages))


async def _embed(
    event: Envelope[DocumentUploaded], searched: Sequence[str], indexing: Indexing
) -> Vectors:
    begins = Progress(phase="indexing", total=len(searched))
    await indexing.bar.show(event.tenant_id, event.data.document_id, begins)
    parts: list[Vectors] = []
    for begun in range(0, max(1, len(searched)), EMBEDDED_AT_ONCE):
        some = searched[begun : begun + EMBEDDED_AT_ONCE]
        parts.append(await indexing.embedder.embed_passages(some))
        step = Progress(phase="indexing", done=begun + len(some), total=len(searched))
        await indexing.bar.show(event.tenant_id, event.data.document_id, step)
    return joined(parts)


def _new(event: Envelope[DocumentUploaded], pages: int | None) -> NewDocument:
    upload = event.data
    return NewDocument(upload.document_id, upload.name, upload.sha256, pages, event.occurred_at)
