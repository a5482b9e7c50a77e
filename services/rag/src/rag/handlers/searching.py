import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from contracts.conversation import TurnTaken
from contracts.errors import UnavailableError
from contracts.fact import Envelope, Fact
from contracts.http import PassageQuery, SearchResult
from contracts.ids import DocumentId, TenantId
from contracts.knowledge import Passage, PassagesFound, TakenAs
from contracts.tenants import PLANS, config_key
from misheard.vocabulary import spots
from rag.domain.passages import RelevantPassage, Vectors
from rag.domain.question import is_embeddable, without_address
from rag.domain.ranking import Fused, Hit
from rag.domain.search import copies_last, rank, relevant
from rag.handlers.second_look import look_again
from rag.ports.searching import SearchDeps, Tenants
from runtime.clock import Clock


@dataclass(frozen=True)
class _Found:
    """What a question found.

    Attributes:
        unknown: its words that no document holds and that were not taken for others.
    """

    passages: tuple[Passage, ...] = ()
    taken_as: tuple[TakenAs, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Ranked:
    """Both retrievers' passages for one text, and both together."""

    vector: Vectors
    matching: Sequence[Hit]
    best: Sequence[Fused]


async def on_turn_taken(
    event: Envelope[TurnTaken], *, deps: SearchDeps, tenants: Tenants, clock: Clock
) -> Sequence[Fact]:
    """Say what the documents say; also that they say nothing, or are not to be asked.

    At most as many passages as the tenant's plan has, or the least plan if we were never told.
    """
    begun = clock.monotonic()
    found = _Found()
    tenant = await tenants.get(config_key(event.tenant_id))
    limit = (tenant.limits if tenant else PLANS["free"]).knowledge_limit
    if tenant is None or tenant.config.knowledge:
        found = await _search(event.tenant_id, event.data.text, limit, deps, event)
    took_ms = round((clock.monotonic() - begun) * 1000)
    return [
        PassagesFound(
            turn_id=event.data.turn_id,
            passages=found.passages,
            took_ms=took_ms,
            taken_as=found.taken_as,
            unknown_words=found.unknown,
        )
    ]


async def search_knowledge(query: PassageQuery, *, deps: SearchDeps) -> SearchResult:
    found = await _search(query.tenant_id, query.text, query.limit, deps, None)
    return SearchResult(passages=found.passages, taken_as=found.taken_as)


async def _search(
    tenant_id: TenantId,
    text: str,
    limit: int,
    deps: SearchDeps,
    turn: Envelope[TurnTaken] | None,
) -> _Found:
    question = without_address(text)
    if not is_embeddable(question):
        deps = replace(deps, rules=deps.rules.by_words_alone())
    try:
        async with asyncio.timeout(deps.rules.timeout_s):
            ranked, asked = await asyncio.gather(
                _ranked(tenant_id, question, deps, turn),
                deps.words.asked(tenant_id, [spot.word for spot in spots(question)]),
            )
            reading = await look_again(tenant_id, question, asked, ranked.matching, deps)
            if reading.taken:
                ranked = await _ranked(tenant_id, reading.text, deps, turn)
            passages = await _relevant(tenant_id, ranked, limit, deps)
    except TimeoutError:
        raise UnavailableError("the search took too long", code="search_timeout") from None
    left = asked.unknown - {spot.word for one in reading.taken_as for spot in spots(one.heard)}
    return _Found(passages, reading.taken_as, tuple(sorted(left)))


async def _ranked(
    tenant_id: TenantId, text: str, deps: SearchDeps, turn: Envelope[TurnTaken] | None
) -> _Ranked:
    (vector, near), matching = await asyncio.gather(
        _near(tenant_id, text, deps, turn),
        deps.index.matching(tenant_id, text, limit=deps.rules.candidates),
    )
    return _Ranked(vector, matching, rank(near, matching, deps.rules))


async def _relevant(
    tenant_id: TenantId, ranked: _Ranked, limit: int, deps: SearchDeps
) -> tuple[Passage, ...]:
    best = ranked.best[: limit * deps.rules.looked_at]
    stored = await deps.index.passages(tenant_id, [hit.passage_id for hit in best], ranked.vector)
    found = relevant(best, copies_last(stored)[:limit], deps.rules)
    return tuple(_contract(item) for item in found)


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
