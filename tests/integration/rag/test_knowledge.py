"""Indexing and searching on real PostgreSQL and Valkey, with the real parser and model."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from cli.provisioning.database import provision_database
from cli.provisioning.secret import service_url
from contracts.fact import Envelope
from contracts.http import PassageQuery
from contracts.ids import DocumentId, TenantId
from contracts.knowledge import (
    DocumentIndexed,
    DocumentRejected,
    DocumentUploaded,
    Passage,
    PassagesFound,
    Progress,
    progress_key,
)
from contracts.streams import stream_key
from contracts.tenants import TIERS, TenantConfig, TenantState, config_key
from contracts.usage import UsageIncurred
from gateway.adapters.redis_progress import RedisProgress
from rag.adapters.local_embedder import LocalEmbedder
from rag.adapters.parser_process import ParserProcess
from rag.adapters.postgres_index import PostgresIndex
from rag.adapters.postgres_shelf import PostgresShelf
from rag.adapters.redis_bar import RedisBar
from rag.adapters.redis_question_vectors import RedisQuestionVectors
from rag.domain.chunking import Chunk, ChunkRules
from rag.domain.documents import Limits
from rag.domain.passages import IndexName, NewDocument, NewPassage
from rag.domain.search import SearchRules
from rag.handlers import (
    Indexing,
    Searching,
    on_document_removed,
    on_document_uploaded,
    on_turn_taken,
    search_knowledge,
)
from rag.handlers.indexing import EMBEDDED_AT_ONCE
from runtime.bus import Publisher
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.files import FolderFiles
from runtime.ids import new_id
from runtime.latest import Latest, publish_newer
from runtime.redis_client import connect_redis
from spending import Accounts, Spending
from support.documents import pdf_of
from support.knowledge import NOON, a_question, removal, unit_vectors, upload

SECRET = b"test"
LIMITS = Limits(
    size_bytes=2**20,
    pages=50,
    chars=1_000_000,
    inflated_bytes=2**26,
    time_s=30,
    memory_bytes=2**30,
)
HANDBOOK = b"""# Staff handbook

## Leave
Every employee has thirty days of paid leave a year.

## Travel
Trips by train are booked in first class when they take more than two hours.
"""


class NoTenants:
    """Nobody was told of any configuration."""

    async def get(self, key: str) -> TenantState | None:
        return None


@dataclass
class Rag:
    """The service's handlers with everything real behind them."""

    indexing: Indexing
    searching: Searching
    shelf: PostgresShelf
    found: PostgresIndex
    files: FolderFiles
    spending: Spending
    accounts: Accounts
    redis: Redis

    async def tenant(self) -> TenantId:
        """A new one, with an account."""
        tenant_id = TenantId(f"t-{new_id().hex[-12:]}")
        await self.accounts.make(tenant_id)
        return tenant_id

    async def index(self, event: Envelope[DocumentUploaded]) -> DocumentIndexed | DocumentRejected:
        [fact] = await on_document_uploaded(event, indexing=self.indexing)
        assert isinstance(fact, DocumentIndexed | DocumentRejected)
        return fact

    async def add(self, tenant_id: TenantId, name: str, content: bytes) -> DocumentIndexed:
        fact = await self.index(await upload(self.files, tenant_id, name, content))
        assert isinstance(fact, DocumentIndexed)
        return fact

    async def search(self, tenant_id: TenantId, text: str, limit: int = 5) -> Sequence[Passage]:
        query = PassageQuery(tenant_id=tenant_id, text=text, limit=limit)
        return (await search_knowledge(query, searching=self.searching)).passages


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    await provision_database(database_url, SECRET)
    async with Database(service_url(database_url, "rag", SECRET), application="test") as opened:
        yield opened


@pytest.fixture
async def rag(database: Database, valkey_url: str, tmp_path: Path) -> AsyncIterator[Rag]:
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(connect_redis(valkey_url))
        embedder = await stack.enter_async_context(LocalEmbedder(niceness=0))
        shelf, index, files = (
            PostgresShelf(database),
            PostgresIndex(database),
            FolderFiles(tmp_path),
        )
        accounts = Accounts(redis)
        spending = Spending("rag", accounts, Publisher(redis).publish, SystemClock())
        parser = ParserProcess(LIMITS)
        vectors = RedisQuestionVectors(redis, keep_s=60)
        yield Rag(
            Indexing(files, parser, embedder, shelf, ChunkRules(), spending, RedisBar(redis)),
            Searching(embedder, vectors, index, SearchRules()),
            shelf,
            index,
            files,
            spending,
            accounts,
            redis,
        )


async def test_a_document_is_found_by_its_words_and_by_its_meaning(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    indexed = await rag.add(tenant_id, "handbook.md", HANDBOOK)
    assert (indexed.status, indexed.pages) == ("indexed", None)
    assert indexed.passages >= 1
    by_words = await rag.search(tenant_id, "paid leave of an employee")
    by_meaning = await rag.search(tenant_id, "How long is my holiday each year?")
    assert "thirty days" in by_words[0].text
    assert "text" in by_words[0].found_by
    assert "thirty days" in by_meaning[0].text
    assert "vector" in by_meaning[0].found_by


async def test_a_citation_names_page_and_place_of_its_words(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    pages = [["Opening hours are nine to five."], ["The warranty lasts thirty-six months."]]
    await rag.add(tenant_id, "manual.pdf", pdf_of(*pages))
    best = (await rag.search(tenant_id, "How long does the warranty last?"))[0]
    assert (best.document, best.page) == ("manual.pdf", 2)
    assert best.text == "The warranty lasts thirty-six months."
    # The document's text: both pages, a blank line between them.
    assert (best.start, best.end) == (len(pages[0][0]) + 2, len(pages[0][0]) + 2 + len(best.text))


async def test_what_the_documents_do_not_say_is_a_result(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    await rag.add(tenant_id, "handbook.md", HANDBOOK)
    event = a_question(tenant_id, "Which volcano erupted in Iceland?")
    [fact] = await on_turn_taken(
        event,
        searching=rag.searching,
        tenants=NoTenants(),
        spending=rag.spending,
        clock=SystemClock(),
    )
    assert isinstance(fact, PassagesFound)
    assert (fact.turn_id, fact.passages) == (event.data.turn_id, ())


async def test_where_knowledge_is_switched_off_nothing_is_found(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    await rag.add(tenant_id, "handbook.md", HANDBOOK)
    tenants = Latest(rag.redis, TenantState.model_validate_json, SystemClock(), fresh_s=0)
    found: list[int] = []
    for version, knowledge in enumerate((True, False), start=1):
        state = TenantState(
            tenant_id=tenant_id,
            name="t",
            tier="free",
            version=version,
            config=TenantConfig(knowledge=knowledge),
        )
        key = config_key(tenant_id)
        await publish_newer(rag.redis, key, version=version, body=state.model_dump_json())
        [fact] = await on_turn_taken(
            a_question(tenant_id, "How many days of paid leave does an employee have?"),
            searching=rag.searching,
            tenants=tenants,
            spending=rag.spending,
            clock=SystemClock(),
        )
        assert isinstance(fact, PassagesFound)
        found.append(len(fact.passages))
    assert found[0] > 0
    assert found[1] == 0


async def test_a_turn_gets_as_many_passages_as_its_tenants_tier_has(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    for number in range(12):
        await rag.add(
            tenant_id, f"leave {number}.md", f"Paid leave, rule {number}: ask {number}.".encode()
        )
    tenants = Latest(rag.redis, TenantState.model_validate_json, SystemClock(), fresh_s=0)
    found: list[int] = []
    for version, tier in enumerate(TIERS, start=1):
        state = TenantState(tenant_id=tenant_id, name="t", tier=tier, version=version)
        key = config_key(tenant_id)
        await publish_newer(rag.redis, key, version=version, body=state.model_dump_json())
        [fact] = await on_turn_taken(
            a_question(tenant_id, "What are the rules of paid leave?"),
            searching=rag.searching,
            tenants=tenants,
            spending=rag.spending,
            clock=SystemClock(),
        )
        assert isinstance(fact, PassagesFound)
        found.append(len(fact.passages))
    assert found == [3, 5, 10]


async def test_a_tenant_without_documents_finds_nothing(rag: Rag) -> None:
    assert await rag.search(await rag.tenant(), "anything") == ()


async def test_another_tenant_sees_nothing(rag: Rag, database: Database) -> None:
    owner, other = await rag.tenant(), await rag.tenant()
    indexed = await rag.add(owner, "handbook.md", HANDBOOK)
    assert await rag.search(other, "paid leave of an employee") == ()
    assert await rag.shelf.find(other, "handbook.md") is None
    await rag.shelf.remove(other, indexed.document_id, NOON)
    assert await rag.search(owner, "paid leave of an employee")
    async with database.tenant(other) as connection:
        for table in ("index_versions", "documents", "removed_documents", "passages", "postings"):
            seen = await connection.fetchval(
                f"SELECT count(*) FROM {table} WHERE tenant_id <> $1",
                other,
            )
            assert seen == 0, table


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


async def test_a_refused_file_leaves_the_old_one_and_says_why(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    await rag.add(tenant_id, "manual.pdf", pdf_of(["The warranty lasts two years."]))
    event = await upload(rag.files, tenant_id, "manual.pdf", pdf_of([]), at_s=9)
    refused = await rag.index(event)
    assert isinstance(refused, DocumentRejected)
    assert (refused.document_id, refused.code) == (event.data.document_id, "no_text")
    assert await rag.search(tenant_id, "How long does the warranty last?")


async def test_a_removed_document_is_gone_even_when_its_indexing_ends_later(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    event = await upload(rag.files, tenant_id, "handbook.md", HANDBOOK)
    await rag.index(event)
    gone = removal(tenant_id, event.data.document_id, at_s=5)
    await on_document_removed(gone, shelf=rag.shelf)
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
    await on_document_removed(gone, shelf=rag.shelf)
    again = await upload(
        rag.files,
        tenant_id,
        "handbook.md",
        HANDBOOK,
        at_s=9,
        document_id=event.data.document_id,
    )
    assert isinstance(await rag.index(again), DocumentIndexed)


async def test_vectors_of_two_models_never_meet(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    await rag.add(tenant_id, "handbook.md", HANDBOOK)
    vector = await rag.searching.embedder.embed_question("paid leave")
    other = IndexName("another-model", 384)
    assert await rag.found.near(tenant_id, other, vector, limit=10) == []


async def test_use_of_the_model_is_stated_once_a_document(rag: Rag, redis: Redis) -> None:
    tenant_id = await rag.tenant()
    await rag.add(tenant_id, "handbook.md", HANDBOOK)
    entries = await redis.xrange(stream_key(UsageIncurred.event_type, 0)) or []
    assert len([entry for entry in entries if tenant_id in str(entry)]) == 1


async def test_a_question_asked_again_is_found_without_the_model(rag: Rag) -> None:
    tenant_id, index = await rag.tenant(), rag.searching.embedder.index
    await rag.add(tenant_id, "handbook.md", HANDBOOK)
    kept = rag.searching.question_vectors
    assert await kept.get(tenant_id, index, "paid leave") is None
    await rag.search(tenant_id, "paid leave")
    vector = await kept.get(tenant_id, index, "paid leave")
    assert vector is not None
    assert vector.tolist() == (await rag.searching.embedder.embed_question("paid leave")).tolist()
    assert await kept.get(await rag.tenant(), index, "paid leave") is None


async def test_the_index_for_large_tenants_gives_a_small_one_all_its_rows(
    database_url: str, rag: Rag
) -> None:
    """The trap: HNSW alone gives up after ef_search rows, which all are the large tenant's."""
    small, large = await rag.tenant(), await rag.tenant()
    index = IndexName("test-model", 384)
    question = unit_vectors(1, seed=1)[0]
    for tenant_id, count, seed, around in ((large, 1_500, 2, question), (small, 25, 3, None)):
        passages = [NewPassage(Chunk(0, 1, None, "", ""), "x")] * count
        document = NewDocument(new_id(), "many", "0" * 64, None, NOON)
        vectors = unit_vectors(count, seed=seed, around=around)
        await rag.shelf.replace(tenant_id, document, index, passages, vectors)
    # No sort: the only plan left that gives an order is the HNSW index.
    url = service_url(database_url, "rag", SECRET) + "&enable_sort=off"
    async with Database(url, application="test") as forced:
        async with forced.tenant(small) as connection:
            plan = await connection.fetch(
                "EXPLAIN SELECT 1 FROM passages ORDER BY embedding <=> $1::vector LIMIT 20",
                str(question.tolist()),
            )
        assert any("passages_embedding" in row[0] for row in plan)
        hits = await PostgresIndex(forced).near(small, index, question, limit=20)
    exact = await rag.found.near(small, index, question, limit=20)
    assert len(hits) == 20
    assert len({hit.passage_id for hit in hits} & {hit.passage_id for hit in exact}) >= 18


async def test_whoever_looks_sees_how_far_a_document_is_until_soon_after_its_end(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    lines = b"".join(
        b"## Rule %d\n\nNumber %d says something of its own.\n\n" % (n, n) for n in range(150)
    )
    seen: list[Progress] = []

    class Watched(RedisBar):
        async def show(
            self, tenant_id: TenantId, document_id: DocumentId, progress: Progress
        ) -> None:
            await super().show(tenant_id, document_id, progress)
            seen.extend((await looked.progress(tenant_id, [document_id])).values())

    looked = RedisProgress(rag.redis)
    event = await upload(rag.files, tenant_id, "rules.md", lines)
    watched = replace(rag.indexing, bar=Watched(rag.redis))
    [fact] = await on_document_uploaded(event, indexing=watched)
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
