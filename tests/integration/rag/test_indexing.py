"""Documents come, come again, are replaced and removed."""

from dataclasses import replace

from redis.asyncio import Redis

from contracts.ids import DocumentId, TenantId
from contracts.knowledge import (
    DocumentIndexed,
    DocumentRejected,
    Progress,
    progress_key,
)
from contracts.streams import stream_key
from contracts.usage import UsageIncurred
from gateway.adapters.redis.indexing_progress import RedisProgressReader
from gateway.adapters.redis.newest_changes import RedisNewestChanges
from rag.adapters.redis_indexing_progress import RedisIndexingProgress
from rag.handlers.indexing import EMBEDDED_AT_ONCE, on_document_removed, on_document_uploaded
from runtime.database import Database
from support.rag.documents import PdfPage, drawn_pdf, pdf_of, scanned
from support.rag.indexed import HANDBOOK, Rag
from support.rag.knowledge import removal, upload


async def test_the_same_delivery_twice_leaves_the_same_passages_once(
    rag: Rag, database: Database
) -> None:
    tenant_id = await rag.tenant()
    event = await upload(rag.files, tenant_id, "handbook.md", HANDBOOK)
    first = await rag.index(event)
    async with database.tenant(tenant_id) as connection:
        before = [dict(row) for row in await connection.fetch("SELECT * FROM passages ORDER BY 2")]
    assert await rag.index(event) == first
    async with database.tenant(tenant_id) as connection:
        after = [dict(row) for row in await connection.fetch("SELECT * FROM passages ORDER BY 2")]
        assert after == before
        assert await connection.fetchval("SELECT count(*) FROM documents") == 1


async def test_the_same_bytes_again_are_unchanged_under_the_new_id(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    await rag.add(tenant_id, "handbook.md", HANDBOOK)
    again = await rag.index(await upload(rag.files, tenant_id, "handbook.md", HANDBOOK, at_s=9))
    assert isinstance(again, DocumentIndexed)
    assert again.status == "unchanged"
    best = (await rag.search(tenant_id, "paid leave of an employee"))[0]
    assert best.document_id == again.document_id


async def test_new_bytes_take_the_place_of_the_old(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    await rag.add(tenant_id, "handbook.md", HANDBOOK)
    newer = HANDBOOK.replace(b"thirty", b"forty")
    await rag.index(await upload(rag.files, tenant_id, "handbook.md", newer, at_s=9))
    texts = " ".join(item.text for item in await rag.search(tenant_id, "days of paid leave"))
    assert "forty days" in texts
    assert "thirty days" not in texts


async def test_an_older_upload_that_ends_late_does_not_take_the_newer_ones_place(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    newer = HANDBOOK.replace(b"thirty", b"forty")
    await rag.index(await upload(rag.files, tenant_id, "handbook.md", newer, at_s=9))
    late = await rag.index(await upload(rag.files, tenant_id, "handbook.md", HANDBOOK))
    assert isinstance(late, DocumentRejected)
    assert late.code == "superseded"
    assert "forty" in (await rag.search(tenant_id, "days of paid leave"))[0].text


async def test_the_gateways_number_decides_whatever_the_clock_says(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    later = HANDBOOK.replace(b"thirty", b"forty")
    await rag.index(await upload(rag.files, tenant_id, "handbook.md", later, number=8))
    late = await rag.index(
        await upload(rag.files, tenant_id, "handbook.md", HANDBOOK, at_s=9, number=7)
    )
    assert isinstance(late, DocumentRejected)
    assert late.code == "superseded"
    assert "forty" in (await rag.search(tenant_id, "days of paid leave"))[0].text


async def test_beside_a_gateway_that_gives_no_numbers_the_time_decides(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    await rag.index(await upload(rag.files, tenant_id, "handbook.md", HANDBOOK, number=8))
    newer = HANDBOOK.replace(b"thirty", b"forty")
    await rag.index(await upload(rag.files, tenant_id, "handbook.md", newer, at_s=9))
    assert "forty" in (await rag.search(tenant_id, "days of paid leave"))[0].text


async def test_a_removal_does_not_take_out_what_was_uploaded_after_it(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    event = await upload(rag.files, tenant_id, "handbook.md", HANDBOOK, number=8)
    await rag.index(event)
    late = removal(tenant_id, event.data.document_id, at_s=9, number=7)
    await on_document_removed(late, store=rag.store)
    assert await rag.search(tenant_id, "paid leave of an employee")


async def test_an_upload_that_waits_while_a_newer_one_is_noted_is_not_read(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    event = await upload(rag.files, tenant_id, "handbook.md", HANDBOOK, number=7)
    newer = await upload(
        rag.files,
        tenant_id,
        "handbook.md",
        HANDBOOK,
        number=8,
        document_id=event.data.document_id,
    )
    await RedisNewestChanges(rag.redis).note(newer)
    obsolete = await rag.index(event)
    assert isinstance(obsolete, DocumentRejected)
    assert obsolete.code == "superseded"
    assert isinstance(await rag.index(newer), DocumentIndexed)


async def test_a_refused_file_leaves_the_old_one_and_says_why(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    await rag.add(tenant_id, "manual.pdf", pdf_of(["The warranty lasts two years."]))
    event = await upload(rag.files, tenant_id, "manual.pdf", pdf_of([]), at_s=9)
    refused = await rag.index(event)
    assert isinstance(refused, DocumentRejected)
    assert (refused.document_id, refused.code) == (event.data.document_id, "empty")
    assert await rag.search(tenant_id, "How long does the warranty last?")


async def test_a_scanned_page_is_read_by_ocr_and_found_with_its_page(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    pages = [
        PdfPage().text(60, 700, "This is the contract about the house in the forest."),
        PdfPage().scan(scanned("The deposit for the house is 1880 EUR.")),
    ]
    upload_event = await upload(rag.files, tenant_id, "contract.pdf", drawn_pdf(*pages))
    indexed = await rag.index(upload_event)
    assert isinstance(indexed, DocumentIndexed)
    assert (indexed.pages, indexed.warnings) == (2, ())
    best = (await rag.search(tenant_id, "How much is the deposit for the house?"))[0]
    assert best.page == 2
    assert "1880" in best.text


async def test_a_removed_document_is_gone_even_when_its_indexing_ends_later(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    event = await upload(rag.files, tenant_id, "handbook.md", HANDBOOK)
    await rag.index(event)
    gone = removal(tenant_id, event.data.document_id, at_s=5)
    await on_document_removed(gone, store=rag.store)
    assert await rag.search(tenant_id, "paid leave of an employee") == ()
    late = await rag.index(event)
    assert isinstance(late, DocumentRejected)
    assert late.code == "removed"
    assert await rag.search(tenant_id, "paid leave of an employee") == ()


async def test_a_removed_document_can_be_uploaded_again_under_its_id(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    event = await upload(rag.files, tenant_id, "handbook.md", HANDBOOK)
    await rag.index(event)
    gone = removal(tenant_id, event.data.document_id, at_s=5)
    await on_document_removed(gone, store=rag.store)
    again = await upload(
        rag.files,
        tenant_id,
        "handbook.md",
        HANDBOOK,
        at_s=9,
        document_id=event.data.document_id,
    )
    assert isinstance(await rag.index(again), DocumentIndexed)


async def test_use_of_the_model_is_stated_once_a_document(rag: Rag, redis: Redis) -> None:
    tenant_id = await rag.tenant()
    await rag.add(tenant_id, "handbook.md", HANDBOOK)
    entries = await redis.xrange(stream_key(UsageIncurred.event_type, 0)) or []
    assert len([entry for entry in entries if tenant_id in str(entry)]) == 1


async def test_whoever_looks_sees_how_far_a_document_is_until_soon_after_its_end(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    lines = b"".join(
        b"## Rule %d\n\nNumber %d says something of its own.\n\n" % (n, n) for n in range(150)
    )
    seen: list[Progress] = []

    class Watched(RedisIndexingProgress):
        async def show(
            self, tenant_id: TenantId, document_id: DocumentId, progress: Progress
        ) -> None:
            await super().show(tenant_id, document_id, progress)
            seen.extend((await looked.of(tenant_id, [document_id])).values())

    looked = RedisProgressReader(rag.redis)
    event = await upload(rag.files, tenant_id, "rules.md", lines)
    watched = replace(rag.indexing, progress=Watched(rag.redis))
    [fact] = await on_document_uploaded(event, deps=watched)
    assert isinstance(fact, DocumentIndexed)
    steps = [(step.phase, step.done, step.total) for step in seen]
    assert steps[:2] == [("reading", 0, None), ("indexing", 0, fact.passages)]
    assert [done for phase, done, _ in steps if phase == "indexing"] == [
        *range(0, fact.passages, EMBEDDED_AT_ONCE),
        fact.passages,
    ]
    assert len(steps) > 3
    left_s = await rag.redis.ttl(progress_key(tenant_id, event.data.document_id))
    assert 0 < left_s <= 15
