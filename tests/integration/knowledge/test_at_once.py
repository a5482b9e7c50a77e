"""Uploads, removals and replacements of one name at the same time, by two gateways' processes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from random import Random

import pytest

from contracts.errors import RejectedError
from contracts.http import Document
from gateway.services.knowledge import KnowledgeService
from runtime.database import Database
from support.knowledge.both_stores import BothStores

RAGS = 3


@pytest.fixture
async def gateways(
    stores: BothStores, service_urls: dict[str, str]
) -> AsyncIterator[tuple[KnowledgeService, KnowledgeService]]:
    async with Database(service_urls["gateway"], application="test") as other:
        yield stores.service, stores.service_on(other)


async def settled(stores: BothStores, seed: int) -> None:
    """Every fact twice, in any order, some at once; what was stated meanwhile too."""
    order = Random(seed)
    for facts, read in (
        (stores.for_rag, stores.rag_reads),
        (stores.for_gateway, stores.gateway_reads),
    ):
        waiting = order.sample(facts * 2, 2 * len(facts))
        while waiting:
            now, waiting = waiting[:RAGS], waiting[RAGS:]
            await asyncio.gather(*(read(event) for event in now))


@pytest.mark.parametrize("count", [2, 3, 24])
async def test_different_bytes_of_one_new_name_at_once_end_as_one_document(
    stores: BothStores, gateways: tuple[KnowledgeService, KnowledgeService], count: int
) -> None:
    sent = await asyncio.gather(
        *(
            stores.upload("faq.md", b"Answer %d." % number, service=gateways[number % 2])
            for number in range(count)
        )
    )
    assert {document.status for document in sent} == {"pending"}
    assert len({document.document_id for document in sent}) == 1
    numbers = [event.data.change_number for event in stores.for_rag]
    assert len(set(numbers)) == count
    await settled(stores, count)
    await stores.assert_agreed()
    newest = max(stores.for_rag, key=lambda event: event.data.change_number)
    assert (await stores.served()) == {"faq.md": newest.data.sha256}


@pytest.mark.parametrize("count", [2, 3, 24])
async def test_equal_bytes_of_one_new_name_at_once_are_one_upload(
    stores: BothStores, gateways: tuple[KnowledgeService, KnowledgeService], count: int
) -> None:
    sent = await asyncio.gather(
        *(
            stores.upload("faq.md", b"It takes a day.", service=gateways[number % 2])
            for number in range(count)
        )
    )
    assert {document.status for document in sent} == {"pending"}
    assert len(stores.for_rag) == 1
    assert len(stores.kept()) == 1
    await settled(stores, count)
    await stores.assert_agreed()
    assert (await stores.upload("faq.md", b"It takes a day.")).status == "unchanged"


@pytest.mark.parametrize("seed", range(8))
async def test_uploads_replacements_and_removals_at_once_leave_both_services_agreed(
    stores: BothStores, gateways: tuple[KnowledgeService, KnowledgeService], seed: int
) -> None:
    order = Random(seed)
    stores.newest.lost = seed % 2 == 0

    async def removed(service: KnowledgeService) -> None:
        with suppress(RejectedError):
            await stores.remove("faq.md", service=service)

    await stores.upload("faq.md", b"Before all.")
    work: list[Awaitable[Document | None]] = []
    for number in range(12):
        service = order.choice(gateways)
        if order.random() < 0.3:
            work.append(removed(service))
        else:
            content = b"Answer %d." % (number % 3)
            work.append(stores.upload("faq.md", content, service=service))
    await asyncio.gather(*work, stores.rag_reads(stores.for_rag[0]))
    await settled(stores, seed)
    await stores.assert_agreed()


async def test_what_is_replaced_before_it_was_read_is_not_read_and_nobody_is_told(
    stores: BothStores,
) -> None:
    await stores.upload("faq.md", b"First.")
    await stores.upload("faq.md", b"Second.")
    first, second = stores.for_rag
    assert stores.kept() == {first.data.file, second.data.file}  # kept until its upload has ended
    await stores.rag_reads(first)
    [obsolete] = stores.for_gateway
    assert obsolete.data.code == "superseded"
    assert await stores.served() == {}
    await stores.gateway_reads(obsolete)
    assert stores.kept() == {second.data.file}
    assert (await stores.known())["faq.md"]["status"] == "pending"
    await stores.rag_reads(second)
    await stores.gateway_reads(stores.for_gateway[-1])
    await stores.assert_agreed()


async def test_what_is_removed_before_it_was_read_ends_without_a_document(
    stores: BothStores,
) -> None:
    await stores.upload("faq.md", b"First.")
    await stores.remove("faq.md")
    stores.newest.lost = True
    upload, removal = stores.for_rag
    await stores.rag_reads(removal)
    await stores.rag_reads(upload)
    [obsolete] = stores.for_gateway
    assert obsolete.data.code == "removed"
    await stores.gateway_reads(obsolete)
    assert (stores.kept(), await stores.known(), await stores.served()) == (set(), {}, {})


async def test_two_names_of_the_same_bytes_are_two_documents_whatever_becomes_of_one(
    stores: BothStores,
) -> None:
    async def all_read() -> None:
        await settled(stores, 1)
        await stores.assert_agreed()

    await stores.upload("tariff-2024.md", b"The deposit is 60 EUR.")
    await stores.upload("tariff-2025.md", b"The deposit is 60 EUR.")
    await all_read()
    assert set(await stores.served()) == {"tariff-2024.md", "tariff-2025.md"}
    await stores.upload("tariff-2024.md", b"The deposit was 40 EUR.")
    await all_read()
    served = await stores.served()
    assert set(served) == {"tariff-2024.md", "tariff-2025.md"}
    assert served["tariff-2024.md"] != served["tariff-2025.md"]
    await stores.remove("tariff-2024.md")
    await all_read()
    assert set(await stores.served()) == {"tariff-2025.md"}
