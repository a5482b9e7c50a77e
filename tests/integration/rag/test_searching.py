"""What is found, and for whom."""

from hashlib import sha256

from cli.provisioning.secret import service_url
from contracts.knowledge import (
    PassagesFound,
)
from contracts.tenants import PLANS, TenantConfig, TenantState, config_key
from rag.adapters.postgres_index import PostgresIndex
from rag.adapters.postgres_old_lexemes import OldLexemes
from rag.domain.chunking import Chunk
from rag.domain.passages import Change, Compared, IndexName, NewDocument, NewPassage, Upload
from rag.handlers.searching import on_turn_taken
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.ids import new_id
from runtime.latest import Latest, publish_newer
from support.rag.documents import pdf_of
from support.rag.indexed import HANDBOOK, SECRET, Rag
from support.rag.knowledge import NOON, a_question, unit_vectors


class NoTenants:
    """Nobody was told of any configuration."""

    async def get(self, key: str) -> TenantState | None:
        return None


async def passages_for(rag: Rag, state: TenantState, question: str) -> int:
    """How many a question gets, once the tenant is configured so."""
    key = config_key(state.tenant_id)
    await publish_newer(rag.redis, key, version=state.version, body=state.model_dump_json())
    [fact] = await on_turn_taken(
        a_question(state.tenant_id, question),
        deps=rag.searching,
        tenants=Latest(rag.redis, TenantState.model_validate_json, SystemClock(), fresh_s=0),
        clock=SystemClock(),
    )
    assert isinstance(fact, PassagesFound)
    return len(fact.passages)


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


async def test_a_passage_far_down_a_table_comes_with_the_names_of_its_columns(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    rows = "".join(f"PV-{n},Gasket {n} mm,{n % 7}\n" for n in range(100, 220))
    await rag.add(tenant_id, "stock.csv", f"part,description,pieces left\n{rows}".encode())
    best = (await rag.search(tenant_id, "How many pieces of part PV-187 are left?"))[0]
    assert "PV-187 | Gasket 187 mm | 5" in best.text
    assert best.header == "part | description | pieces left"


async def test_what_the_documents_do_not_say_is_a_result(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    await rag.add(tenant_id, "handbook.md", HANDBOOK)
    event = a_question(tenant_id, "Which volcano erupted in Iceland?")
    [fact] = await on_turn_taken(
        event,
        deps=rag.searching,
        tenants=NoTenants(),
        clock=SystemClock(),
    )
    assert isinstance(fact, PassagesFound)
    assert (fact.turn_id, fact.passages) == (event.data.turn_id, ())


async def test_where_knowledge_is_switched_off_nothing_is_found(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    await rag.add(tenant_id, "handbook.md", HANDBOOK)
    found: list[int] = []
    for version, knowledge in enumerate((True, False), start=1):
        state = TenantState(
            tenant_id=tenant_id,
            name="t",
            tier="free",
            version=version,
            config=TenantConfig(knowledge=knowledge),
        )
        question = "How many days of paid leave does an employee have?"
        found.append(await passages_for(rag, state, question))
    assert found[0] > 0
    assert found[1] == 0


async def test_a_turn_gets_as_many_passages_as_its_tenants_plan_has(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    for number in range(12):
        await rag.add(
            tenant_id, f"leave {number}.md", f"Paid leave, rule {number}: ask {number}.".encode()
        )
    found: list[int] = []
    for version, plan in enumerate(PLANS, start=1):
        state = TenantState(tenant_id=tenant_id, name="t", tier=plan, version=version)
        found.append(await passages_for(rag, state, "What are the rules of paid leave?"))
    assert found == [3, 5, 10]


async def test_copies_of_one_text_leave_room_for_what_another_document_says(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    for year in range(2021, 2026):
        await rag.add(tenant_id, f"tariff-{year}.md", b"The deposit for a kayak is 75 EUR.")
    await rag.add(tenant_id, "rules.md", b"The deposit is paid in cash at the harbour office.")
    found = await rag.search(tenant_id, "deposit for a kayak", limit=2)
    assert [passage.document for passage in found] == ["tariff-2021.md", "rules.md"]


async def test_a_tenant_without_documents_finds_nothing(rag: Rag) -> None:
    assert await rag.search(await rag.tenant(), "anything") == ()


async def test_another_tenant_sees_nothing(rag: Rag, database: Database) -> None:
    owner, other = await rag.tenant(), await rag.tenant()
    indexed = await rag.add(owner, "handbook.md", HANDBOOK)
    assert await rag.search(other, "paid leave of an employee") == ()
    same = Upload(
        indexed.document_id, "handbook.md", sha256(HANDBOOK).hexdigest(), Change(None, NOON)
    )
    assert await rag.store.renew(other, same) is None
    await rag.store.remove(other, indexed.document_id, Change(None, NOON))
    assert await rag.search(owner, "paid leave of an employee")
    async with database.tenant(other) as connection:
        for table in (
            "index_versions",
            "documents",
            "removed_documents",
            "passages",
            "postings",
            "words",
            "vectors",
        ):
            seen = await connection.fetchval(
                f"SELECT count(*) FROM {table} WHERE tenant_id <> $1",
                other,
            )
            assert seen == 0, table


async def test_vectors_of_two_models_never_meet(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    await rag.add(tenant_id, "handbook.md", HANDBOOK)
    asked = a_question(tenant_id, "paid leave")
    vector = await rag.indexing.embedder.embed_question("paid leave", asked)
    other = IndexName("another-model", 384)
    assert await rag.found.near(tenant_id, Compared(other, vector), limit=10) == []


async def test_a_question_asked_again_is_found_without_the_model(rag: Rag) -> None:
    tenant_id, index = await rag.tenant(), rag.indexing.embedder.index
    await rag.add(tenant_id, "handbook.md", HANDBOOK)
    kept = rag.searching.cache
    assert await kept.get(tenant_id, index, "paid leave") is None
    await rag.search(tenant_id, "paid leave")
    vector = await kept.get(tenant_id, index, "paid leave")
    assert vector is not None
    asked = a_question(tenant_id, "paid leave")
    again = await rag.indexing.embedder.embed_question("paid leave", asked)
    assert vector.tolist() == again.tolist()
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
        document = NewDocument(Upload(new_id(), "many", "0" * 64, Change(None, NOON)), None)
        vectors = unit_vectors(count, seed=seed, around=around)
        await rag.store.replace(tenant_id, document, index, passages, vectors)
    # No sort: the only plan left that gives an order is the HNSW index.
    url = service_url(database_url, "rag", SECRET) + "&enable_sort=off"
    async with Database(url, application="test") as forced:
        async with forced.tenant(small) as connection:
            plan = await connection.fetch(
                "EXPLAIN SELECT 1 FROM passages ORDER BY embedding <=> $1::vector LIMIT 20",
                str(question.tolist()),
            )
        assert any("passages_embedding" in row[0] for row in plan)
        hits = await PostgresIndex(forced, OldLexemes(forced)).near(
            small, Compared(index, question), limit=20
        )
    exact = await rag.found.near(small, Compared(index, question), limit=20)
    assert len(hits) == 20
    assert len({hit.passage_id for hit in hits} & {hit.passage_id for hit in exact}) >= 18
