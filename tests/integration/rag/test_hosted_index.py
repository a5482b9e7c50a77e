"""An index of a hosted model: beside the live one, then in its place; and what it costs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from cli.fakes.providers import FakeProviders, fake_providers
from contracts.ids import TenantId
from contracts.knowledge import PassagesFound
from contracts.tenants import TenantState
from rag.adapters.hosted.choice import HostedModels
from rag.adapters.metered_embedder import MeteredEmbedder
from rag.adapters.metered_reranker import MeteredReranker
from rag.adapters.postgres_vectors import PostgresVectors
from rag.domain.passages import Compared, IndexName
from rag.handlers.reembedding import Reembedding, reembed
from rag.handlers.searching import on_turn_taken
from rag.ports.reembedding import ReembeddingDeps
from rag.ports.searching import SearchDeps
from runtime.bus import Publisher
from runtime.clock import SystemClock
from runtime.database import Database
from spending import Spending
from support.rag.indexed import HANDBOOK, Rag
from support.rag.knowledge import a_question

QUESTION = "How many days of paid leave does an employee have?"
NAME = IndexName("voyageai:voyage-4", 1024)


class FreePlan:
    """Every tenant has it."""

    async def get(self, key: str) -> TenantState | None:
        return None


@dataclass
class Hosted:
    """The service with a key of Voyage's; `local` is what it was before."""

    local: Rag
    rag: Rag
    deps: ReembeddingDeps
    fake: FakeProviders
    database: Database

    async def ask(self, tenant_id: TenantId, text: str = QUESTION) -> PassagesFound:
        [fact] = await on_turn_taken(
            a_question(tenant_id, text),
            deps=self.rag.searching,
            tenants=FreePlan(),
            clock=SystemClock(),
        )
        assert isinstance(fact, PassagesFound)
        return fact

    async def searches(self, deps: SearchDeps) -> None:
        self.rag = replace(self.rag, searching=deps)


@pytest.fixture
async def hosted(rag: Rag, database: Database) -> AsyncIterator[Hosted]:
    async with fake_providers() as fake:
        names = ("voyageai", "cohere")
        models = HostedModels({name: fake.connection(name) for name in names}, SystemClock())
        model, reranker = models.embedder("voyageai", 1024), models.reranker("cohere")
        assert model is not None
        assert reranker is not None
        async with model, reranker:
            publish = Publisher(rag.redis).publish
            spending = Spending("rag", rag.accounts, publish, SystemClock())
            embedder = MeteredEmbedder(model, spending)
            deps = ReembeddingDeps(PostgresVectors(database), embedder, SystemClock())
            searching = replace(
                rag.searching,
                embedders={**rag.searching.embedders, NAME: embedder},
                current=NAME,
                behind=Reembedding(deps),
                reranker=MeteredReranker(reranker, spending),
            )
            indexing = replace(rag.indexing, embedder=embedder)
            new = replace(rag, indexing=indexing, searching=searching)
            yield Hosted(rag, new, deps, fake, database)


async def test_documents_of_a_hosted_model_are_found_by_its_vectors(hosted: Hosted) -> None:
    tenant_id = await hosted.rag.tenant()
    await hosted.rag.add(tenant_id, "handbook.md", HANDBOOK)
    found = await hosted.ask(tenant_id)
    assert found.embedding == "voyageai:voyage-4"
    assert "thirty days" in found.passages[0].text
    assert (found.passages[0].similarity or 0) > 0
    assert "vector" in found.passages[0].found_by
    spent, held = await hosted.rag.accounts.spent_and_held(tenant_id)
    assert spent > 0
    assert held == 0


async def test_the_old_index_serves_until_the_new_one_is_whole(hosted: Hosted) -> None:
    tenant_id = await hosted.rag.tenant()
    await hosted.local.add(tenant_id, "handbook.md", HANDBOOK)
    before = await hosted.ask(tenant_id)
    assert before.embedding == "all-minilm-l6-v2-int8"
    assert before.passages
    await reembed(tenant_id, deps=hosted.deps)
    after = await hosted.ask(tenant_id)
    assert after.embedding == "voyageai:voyage-4"
    assert after.passages[0].text == before.passages[0].text


async def test_what_is_uploaded_meanwhile_is_in_the_new_index_too(hosted: Hosted) -> None:
    tenant_id = await hosted.rag.tenant()
    await hosted.local.add(tenant_id, "handbook.md", HANDBOOK)
    await hosted.rag.add(tenant_id, "kayaks.md", b"The deposit for a kayak is 75 EUR.")
    assert (await hosted.ask(tenant_id, "deposit for a kayak")).passages[0].document == "kayaks.md"
    await reembed(tenant_id, deps=hosted.deps)
    asked = a_question(tenant_id, "deposit for a kayak")
    vector = await hosted.deps.embedder.embed_question("deposit for a kayak", asked)
    near = await hosted.rag.found.near(tenant_id, Compared(NAME, vector), limit=50)
    async with hosted.database.tenant(tenant_id) as connection:
        assert len(near) == await connection.fetchval("SELECT count(*) FROM passages")


async def test_a_provider_that_fails_on_the_way_leaves_the_old_index_live(hosted: Hosted) -> None:
    tenant_id = await hosted.rag.tenant()
    await hosted.local.add(tenant_id, "handbook.md", HANDBOOK)
    hosted.fake.script("voyageai", "status=401")
    with pytest.raises(Exception, match="does not accept the key"):
        await reembed(tenant_id, deps=hosted.deps)
    assert await hosted.rag.found.live(tenant_id) == hosted.local.indexing.embedder.index
    await reembed(tenant_id, deps=hosted.deps)
    assert await hosted.rag.found.live(tenant_id) == NAME


async def test_without_the_key_again_the_local_model_takes_its_place_back(hosted: Hosted) -> None:
    tenant_id = await hosted.rag.tenant()
    await hosted.rag.add(tenant_id, "handbook.md", HANDBOOK)
    local = hosted.local.indexing.embedder
    hosted.rag = hosted.local
    found = await hosted.ask(tenant_id)
    assert found.embedding == "failed"
    assert "thirty days" in found.passages[0].text
    assert found.passages[0].similarity is None
    await reembed(tenant_id, deps=replace(hosted.deps, embedder=local))
    again = await hosted.ask(tenant_id)
    assert again.embedding == "all-minilm-l6-v2-int8"
    assert again.passages[0].similarity is not None


async def test_a_search_has_a_tenant_that_is_behind_embedded_again(hosted: Hosted) -> None:
    tenant_id = await hosted.rag.tenant()
    await hosted.local.add(tenant_id, "handbook.md", HANDBOOK)
    met: list[TenantId] = []

    class Noted:
        def met(self, tenant_id: TenantId) -> None:
            met.append(tenant_id)

    await hosted.searches(replace(hosted.rag.searching, behind=Noted()))
    await hosted.ask(tenant_id)
    await reembed(tenant_id, deps=hosted.deps)
    await hosted.ask(tenant_id)
    assert met == [tenant_id]


async def test_a_question_whose_vector_fails_is_searched_by_its_words(hosted: Hosted) -> None:
    tenant_id = await hosted.rag.tenant()
    await hosted.rag.add(tenant_id, "handbook.md", HANDBOOK)
    hosted.fake.script("voyageai", "status=503", "status=503")
    found = await hosted.ask(tenant_id)
    assert found.embedding == "failed"
    assert "thirty days" in found.passages[0].text


async def test_a_model_puts_what_was_found_into_its_order(hosted: Hosted) -> None:
    tenant_id = await hosted.rag.tenant()
    await hosted.rag.add(tenant_id, "handbook.md", HANDBOOK)
    await hosted.rag.add(tenant_id, "more.md", b"Paid leave is asked for by mail.")
    found = await hosted.ask(tenant_id, "paid leave")
    assert found.rerank == "cohere:rerank-v3.5"
    assert all("rerank" in passage.found_by for passage in found.passages)


async def test_the_fused_order_stands_when_the_reranker_is_odd(hosted: Hosted) -> None:
    tenant_id = await hosted.rag.tenant()
    await hosted.rag.add(tenant_id, "handbook.md", HANDBOOK)
    await hosted.rag.add(tenant_id, "more.md", b"Paid leave is asked for by mail.")
    plain = replace(hosted.rag.searching, reranker=None)
    with_it = hosted.rag.searching
    await hosted.searches(plain)
    fused = await hosted.ask(tenant_id, "paid leave")
    assert fused.rerank == ""
    await hosted.searches(with_it)
    hosted.fake.script("cohere", "malformed=null")
    failed = await hosted.ask(tenant_id, "paid leave")
    assert failed.rerank == "failed"
    assert failed.passages == fused.passages
