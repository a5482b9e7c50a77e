import asyncio
from collections.abc import Sequence

from contracts.conversation import TurnTaken
from contracts.errors import UnavailableError
from contracts.fact import Envelope, Fact
from contracts.http import PassageQuery, SearchResult
from contracts.ids import DocumentId, TenantId
from contracts.knowledge import Passage, PassagesFound
from contracts.tenants import PLANS, config_key
from rag.domain.passages import RelevantPassage, Vectors
from rag.domain.question import is_embeddable, without_address
from rag.domain.ranking import Hit
from rag.domain.search import copies_last, rank, relevant
from rag.ports.searching import SearchDeps, Tenants
from runtime.clock import Clock


async def on_turn_taken(
    event: Envelope[TurnTaken], *, deps: SearchDeps, tenants: Tenants, clock: Clock
) -> Sequence[Fact]:
    """Say what the documents say; also that they say nothing, or are not to be asked.

    At most as many passages as the tenant's plan has, or the least plan if we were never told.
    """
    begun = clock.monotonic()
    found: Sequence[RelevantPassage] = ()
    tenant = await tenants.get(config_key(event.tenant_id))
    limit = (tenant.limits if tenant else PLANS["free"]).knowledge_limit
    if tenant is None or tenant.config.knowledge:
        found = await _search(event.tenant_id, event.data.text, limit, deps, event)
    took_ms = round((clock.monotonic() - begun) * 1000)
    passages = tuple(_contract(item) for item in found)
    return [PassagesFound(turn_id=event.data.turn_id, passages=passages, took_ms=took_ms)]


async def search_knowledge(query: PassageQuery, *, deps: SearchDeps) -> SearchResult:
    found = await _search(query.tenant_id, query.text, query.limit, deps, None)
    return SearchResult(passages=tuple(_contract(item) for item in found))


async def _search(
    tenant_id: TenantId,
    text: str,
    limit: int,
    deps: SearchDeps,
    turn: Envelope[TurnTaken] | None,
) -> Sequence[RelevantPassage]:
    question, index = without_address(text), deps.index
    rules = deps.rules if is_embeddable(question) else deps.rules.by_words_alone()
    try:
        async with asyncio.timeout(rules.timeout_s):
            (vector, near), matching = await asyncio.gather(
                _near(tenant_id, question, deps, turn),
                index.matching(tenant_id, question, limit=rules.candidates),
            )
            best = rank(near, matching, rules)[: limit * rules.looked_at]
            passages = await index.passages(tenant_id, [hit.passage_id for hit in best], vector)
    except TimeoutError:
        raise UnavailableError("the search took too long", code="search_timeout") from None
    return relevant(best, copies_last(passages)[:limit], rules)


async def _near(
    tenant_id: TenantId, question: str, deps: SearchDeps, turn: Envelope[TurnTaken] | None
) -> tuple[Vectors, Sequence[Hit]]:
    embedder, cache = deps.embedder, deps.cache
    vector = await cache.get(tenant_id, embedder.index, question)
    if vector is None:
        vector = await embedder.embed_question(question, turn)
        await cache.put(tenant_id, embedder.index, question, vector)
    limit = deps.rules.candidates
    return vector, await deps.index.near(tenant_id, embedder.index, vector, limit=limit)


def _contract(found: RelevantPassage) -> Passage:
    passage = found.passage
    return Passage(
        document_id=DocumentId(passage.document_id),
        document=passage.document,
        page=passage.page,
        start=passage.start,
        end=passage.end,
        text=passage.text,
        heading=passage.heading,
        header=passage.header,
        score=found.score,
        similarity=passage.similarity,
        found_by=found.found_by,
    )
