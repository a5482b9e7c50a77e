import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from contracts.conversation import TurnTaken
from contracts.errors import ServiceError, UnavailableError
from contracts.fact import Envelope, Fact
from contracts.http import PassageQuery, SearchResult
from contracts.ids import DocumentId, EventId, SessionId, TenantId, TurnId
from contracts.knowledge import Passage, PassagesFound, TakenAs
from contracts.tenants import PLANS, config_key
from misheard.vocabulary import spots
from rag.domain.passages import Compared, IndexName, RelevantPassage
from rag.domain.question import is_embeddable, without_address
from rag.domain.ranking import Fused, Hit
from rag.domain.search import SearchRules, copies_last, rank, relevant
from rag.handlers.reranking import FAILED, reranked
from rag.handlers.second_look import look_again
from rag.ports.causes import Cause
from rag.ports.searching import SearchDeps, Tenants
from runtime.clock import Clock
from runtime.ids import new_id

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PassagesAsked:
    """A request for passages, as what they cost follows from it."""

    id: EventId
    tenant_id: TenantId
    session_id: SessionId | None
    turn_id: TurnId | None


@dataclass(frozen=True)
class _Found:
    """What a question found.

    Attributes:
        unknown: its words that no document holds and that were not taken for others.
        embedding: see `PassagesFound`.
        rerank: see `PassagesFound`.
    """

    passages: tuple[Passage, ...] = ()
    taken_as: tuple[TakenAs, ...] = ()
    unknown: tuple[str, ...] = ()
    embedding: str = ""
    rerank: str = ""


@dataclass(frozen=True)
class _Ranked:
    """Both retrievers' passages for one text, and both together.

    Attributes:
        compared: None: words alone.
        rules: those that they were put together by.
    """

    text: str
    compared: Compared | None
    matching: Sequence[Hit]
    best: Sequence[Fused]
    rules: SearchRules


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
            embedding=found.embedding,
            rerank=found.rerank,
        )
    ]


async def search_knowledge(query: PassageQuery, *, deps: SearchDeps) -> SearchResult:
    """In the fused order: a better one is for what people hear."""
    cause = PassagesAsked(EventId(new_id()), query.tenant_id, query.session_id, query.turn_id)
    quick = replace(deps, reranker=None)
    found = await _search(query.tenant_id, query.text, query.limit, quick, cause)
    return SearchResult(passages=found.passages, taken_as=found.taken_as)


async def _search(
    tenant_id: TenantId,
    text: str,
    limit: int,
    deps: SearchDeps,
    cause: Cause,
) -> _Found:
    question = without_address(text)
    try:
        async with asyncio.timeout(deps.rules.timeout_s):
            live = await _live(tenant_id, deps)
            ranked, asked = await asyncio.gather(
                _ranked(tenant_id, question, live, deps, cause),
                deps.words.asked(tenant_id, [spot.word for spot in spots(question)]),
            )
            reading = await look_again(tenant_id, question, asked, ranked.matching, deps)
            if reading.taken:
                ranked = await _ranked(tenant_id, reading.text, live, deps, cause)
            passages, rerank = await _relevant(tenant_id, ranked, limit, deps, cause)
    except TimeoutError:
        raise UnavailableError("the search took too long", code="search_timeout") from None
    left = asked.unknown - {spot.word for one in reading.taken_as for spot in spots(one.heard)}
    compared = ranked.compared.index.model if ranked.compared else FAILED
    return _Found(passages, reading.taken_as, tuple(sorted(left)), compared if live else "", rerank)


async def _live(tenant_id: TenantId, deps: SearchDeps) -> IndexName | None:
    """The index to search; one that another model is to take the place of is noted."""
    live = await deps.index.live(tenant_id)
    if deps.behind is not None and live not in (None, deps.current):
        deps.behind.met(tenant_id)
    return live


async def _ranked(
    tenant_id: TenantId,
    text: str,
    live: IndexName | None,
    deps: SearchDeps,
    cause: Cause,
) -> _Ranked:
    limit = deps.rules.candidates
    compared, matching = await asyncio.gather(
        _compared(tenant_id, text, live, deps, cause),
        deps.index.matching(tenant_id, text, limit=limit),
    )
    if compared is None:
        rules = deps.rules.by_words_alone()
        return _Ranked(text, None, matching, rank([], matching, rules), rules)
    # The local model knows Latin letters only.
    tells = bool(compared.index.provider) or is_embeddable(text)
    rules = deps.rules if tells else deps.rules.by_words_alone()
    near = await deps.index.near(tenant_id, compared, limit=limit)
    return _Ranked(text, compared, matching, rank(near, matching, rules), rules)


async def _relevant(
    tenant_id: TenantId,
    ranked: _Ranked,
    limit: int,
    deps: SearchDeps,
    cause: Cause,
) -> tuple[tuple[Passage, ...], str]:
    """At most `limit` passages, best first; who put them into this order, if a model did."""
    rules = ranked.rules
    reranker = deps.reranker
    wanted = limit * rules.looked_at
    best = ranked.best[: max(wanted, rules.reranked) if reranker else wanted]
    ids = [hit.passage_id for hit in best]
    stored = copies_last(await deps.index.passages(tenant_id, ids, ranked.compared))
    found: Sequence[RelevantPassage] = relevant(best, stored[:limit], rules)
    if reranker is None:
        return tuple(_contract(item) for item in found), ""
    wide = relevant(best, stored[: max(limit, rules.reranked)], rules)
    better, by = await reranked(ranked.text, wide, reranker, cause, rules)
    if by not in ("", FAILED):
        found = better[:limit]
    return tuple(_contract(item) for item in found), by


async def _compared(
    tenant_id: TenantId,
    question: str,
    live: IndexName | None,
    deps: SearchDeps,
    cause: Cause,
) -> Compared | None:
    """The question's vector; None: nothing to compare it with, or no model made it."""
    embedder = deps.embedders.get(live) if live is not None else None
    if embedder is None:
        return None
    vector = await deps.cache.get(tenant_id, embedder.index, question)
    if vector is None:
        try:
            vector = await embedder.embed_question(question, cause)
        except ServiceError as error:
            log.warning("search.by_words_alone", extra={"code": error.code})
            return None
        await deps.cache.put(tenant_id, embedder.index, question, vector)
    return Compared(embedder.index, vector)


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
