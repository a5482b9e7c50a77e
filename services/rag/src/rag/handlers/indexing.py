import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from contracts.errors import RejectedError
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
from rag.domain.indexing import (
    decide_known,
    decide_stored,
    file_gone,
    given_up,
    obsolete,
    rejected,
)
from rag.domain.passages import Change, NewDocument, NewPassage, Upload, Vectors, joined
from rag.ports.embedding import EmbedPassages
from rag.ports.indexing import DocumentStore, IndexingDeps, IndexingProgress
from runtime.bus import GivenUp

EMBEDDED_AT_ONCE: Final = 64
"""Passages between two steps of the progress; about a second of one core."""


async def on_document_uploaded(
    event: Envelope[DocumentUploaded], *, deps: IndexingDeps
) -> Sequence[Fact]:
    """Make a document findable, or say why not; the old one stays until the new is whole."""
    upload, tenant_id = event.data, event.tenant_id
    newest = await deps.newest.number(tenant_id, upload.document_id)
    if upload.change_number is not None and upload.change_number < newest:
        return [obsolete(upload, "newer_there")]
    known = await deps.store.renew(tenant_id, _upload(event))
    if known is not None:
        return [decide_known(upload, known)]
    try:
        await deps.progress.show(tenant_id, upload.document_id, Progress(phase="reading"))
        parsed = await _read(event, deps)
        if not isinstance(parsed, ParsedDocument):
            return [parsed]
        return [await _index(event, parsed, deps)]
    finally:
        await deps.progress.end(tenant_id, upload.document_id)


async def on_document_removed(
    event: Envelope[DocumentRemoved], *, store: DocumentStore
) -> Sequence[Fact]:
    await store.remove(event.tenant_id, event.data.document_id, _change(event))
    return []


async def on_document_given_up(
    event: Envelope[DocumentUploaded], _reason: GivenUp
) -> Sequence[Fact]:
    """A dead letter is never silence: whoever uploaded it is told."""
    return [given_up(event.data)]


async def _read(
    event: Envelope[DocumentUploaded], deps: IndexingDeps
) -> ParsedDocument | DocumentRejected:
    upload = event.data
    try:
        async with deps.originals.local(event.tenant_id, upload.file) as path:
            parsed = await _parse(event, path, deps)
    except RejectedError as error:
        if error.code != "no_such_file":
            raise
        return file_gone(upload)
    return rejected(upload, parsed) if isinstance(parsed, Rejection) else parsed


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
    tokens = await deps.tokenizer.tokens(document)
    # A thread: cutting a thousand pages takes a second, and questions must not wait for it.
    chunks = await asyncio.to_thread(cut, document, tokens, deps.rules)
    passages = [NewPassage(chunk, document.text[chunk.start : chunk.end]) for chunk in chunks]
    texts = [passage.search_text for passage in passages]
    async with embedder.charged(event, str(event.data.document_id), texts) as embed:
        vectors = await _embed(event, texts, embed, deps.progress)
    stored = await deps.store.replace(
        event.tenant_id,
        NewDocument(_upload(event), document.pages, document.left_out),
        embedder.index,
        passages,
        vectors,
    )
    return decide_stored(event.data, stored, document, len(passages))


async def _embed(
    event: Envelope[DocumentUploaded],
    texts: Sequence[str],
    embed: EmbedPassages,
    progress: IndexingProgress,
) -> Vectors:
    begins = Progress(phase="indexing", total=len(texts))
    await progress.show(event.tenant_id, event.data.document_id, begins)
    parts: list[Vectors] = []
    for begun in range(0, max(1, len(texts)), EMBEDDED_AT_ONCE):
        some = texts[begun : begun + EMBEDDED_AT_ONCE]
        parts.append(await embed(some))
        step = Progress(phase="indexing", done=begun + len(some), total=len(texts))
        await progress.show(event.tenant_id, event.data.document_id, step)
    return joined(parts)


def _upload(event: Envelope[DocumentUploaded]) -> Upload:
    upload = event.data
    return Upload(upload.document_id, upload.name, upload.sha256, _change(event))


def _change(event: Envelope[DocumentUploaded] | Envelope[DocumentRemoved]) -> Change:
    return Change(event.data.change_number, event.occurred_at)
