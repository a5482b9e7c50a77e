"""No original stays without a document that names it."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import UnavailableError
from contracts.fact import Envelope
from contracts.http import Document
from contracts.knowledge import DocumentUploaded
from gateway.adapters.postgres.documents import PostgresDocuments
from gateway.ports.documents import SavedChange
from gateway.services.knowledge import KnowledgeService, Upload
from gateway.services.originals import Originals
from support.knowledge.both_stores import BothStores, NoProgress

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OLD = (NOW - timedelta(hours=1)).timestamp()


class FailsBefore(PostgresDocuments):
    """The transaction never begins."""

    async def upload(self, event: Envelope[DocumentUploaded]) -> SavedChange | Document:
        raise UnavailableError("PostgreSQL did not answer", code="database_unavailable")


class FailsAfter(PostgresDocuments):
    """The transaction is committed, and the answer is lost."""

    async def upload(self, event: Envelope[DocumentUploaded]) -> SavedChange | Document:
        await super().upload(event)
        raise UnavailableError("PostgreSQL did not answer", code="database_unavailable")


def service_with(stores: BothStores, documents: PostgresDocuments) -> KnowledgeService:
    originals = Originals(documents, stores.files, 10**6)
    knows_nothing: Any = None
    return KnowledgeService(
        documents, stores.outbox, originals, knows_nothing, NoProgress(), stores.newest
    )


def written_at(path: Path, at: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"left")
    os.utime(path, (at, at))


async def test_an_upload_that_is_not_saved_leaves_no_file(stores: BothStores) -> None:
    failing = service_with(stores, FailsBefore(stores.gateway))
    with pytest.raises(UnavailableError):
        await stores.upload("faq.md", b"It takes a day.", service=failing)
    assert stores.kept() == set()


async def test_an_upload_that_is_saved_keeps_its_file_though_the_answer_was_lost(
    stores: BothStores,
) -> None:
    failing = service_with(stores, FailsAfter(stores.gateway))
    with pytest.raises(UnavailableError):
        await stores.upload("faq.md", b"It takes a day.", service=failing)
    assert stores.kept() == {row["file"] for row in (await stores.known()).values()} != set()


async def test_an_upload_that_is_cut_off_leaves_no_file(stores: BothStores) -> None:
    reads = 0

    async def cut_off() -> AsyncIterator[bytes]:
        nonlocal reads
        reads += 1
        yield b"It takes "
        if reads > 1:  # it is measured whole first
            raise ConnectionResetError

    with pytest.raises((ConnectionResetError, UnavailableError)):
        await stores.service.add(stores.caller, [Upload("faq.md", "text/plain", cut_off)])
    assert stores.kept() == set()
    assert [path for path in stores.root.rglob("*") if path.is_file()] == []


async def test_an_original_that_was_read_goes_when_it_is_replaced_or_removed(
    stores: BothStores,
) -> None:
    for content in (b"First.", b"Second."):
        await stores.upload("faq.md", content)
        await stores.rag_reads(stores.for_rag[-1])
        await stores.gateway_reads(stores.for_gateway[-1])
        await stores.assert_agreed()
    await stores.remove("faq.md")
    assert stores.kept() == set()


async def test_the_sweep_takes_what_no_document_names_and_nothing_that_may_be_on_its_way(
    stores: BothStores,
) -> None:
    await stores.upload("faq.md", b"It takes a day.")
    [named] = stores.kept()
    os.utime(stores.root / stores.tenant_id / named, (OLD, OLD))
    documents = stores.root / stores.tenant_id / "documents"
    written_at(documents / "left-by-a-crash", OLD)
    written_at(documents / "just-stored", NOW.timestamp())
    written_at(stores.root / stores.tenant_id / "recordings" / "meeting.mp4", OLD)
    written_at(stores.root / ".unfinished" / "cut-off", OLD)
    written_at(stores.root / ".unfinished" / "being-written", NOW.timestamp())
    assert await stores.originals.sweep(before=NOW - timedelta(minutes=15)) == 2
    assert stores.kept() == {named, "documents/just-stored", "recordings/meeting.mp4"}
    assert [path.name for path in (stores.root / ".unfinished").iterdir()] == ["being-written"]
    assert await stores.originals.sweep(before=NOW - timedelta(minutes=15)) == 0


async def test_the_sweep_takes_a_replaced_original_that_is_never_read(stores: BothStores) -> None:
    """Its fact was lost with Redis, or waits for long: then it ends without its file."""
    await stores.upload("faq.md", b"First.")
    await stores.upload("faq.md", b"Second.")
    for file in stores.kept():
        os.utime(stores.root / stores.tenant_id / file, (OLD, OLD))
    assert await stores.originals.sweep(before=NOW) == 1
    stores.newest.lost = True
    for event in list(stores.for_rag):
        await stores.rag_reads(event)
    for event in list(stores.for_gateway):
        await stores.gateway_reads(event)
    await stores.assert_agreed()
    assert [event.data.code for event in stores.for_gateway[:1]] == ["file_gone"]
