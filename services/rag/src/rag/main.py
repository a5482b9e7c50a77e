from collections.abc import Callable
from functools import partial

from fastapi import FastAPI
from redis.asyncio import Redis

from contracts.conversation import TurnTaken
from contracts.knowledge import DocumentRemoved, DocumentUploaded
from contracts.tenants import TenantState
from rag.adapters.hosted.choice import HostedModels
from rag.adapters.local_embedder import LocalEmbedder
from rag.adapters.local_ocr import LocalOcr
from rag.adapters.metered_embedder import MeteredEmbedder
from rag.adapters.metered_reranker import MeteredReranker
from rag.adapters.metered_scan_reader import MeteredScanReader
from rag.adapters.parser_process import ParserProcess
from rag.adapters.postgres_document_store import PostgresDocumentStore
from rag.adapters.postgres_index import PostgresIndex
from rag.adapters.postgres_old_lexemes import OldLexemes
from rag.adapters.postgres_texts import PostgresTexts
from rag.adapters.postgres_vectors import PostgresVectors
from rag.adapters.postgres_words import PostgresWords
from rag.adapters.redis_embedding_cache import RedisEmbeddingCache
from rag.adapters.redis_indexing_progress import RedisIndexingProgress
from rag.adapters.redis_newest_changes import RedisNewestChanges
from rag.api.search import mount
from rag.domain.chunking import ChunkRules
from rag.domain.documents import Limits
from rag.domain.search import SearchRules
from rag.handlers.document_text import read_document
from rag.handlers.indexing import (
    on_document_given_up,
    on_document_removed,
    on_document_uploaded,
)
from rag.handlers.reembedding import Reembedding
from rag.handlers.searching import on_turn_taken, search_knowledge
from rag.ports.embedding import Embedder, Tokenizer
from rag.ports.indexing import IndexingDeps
from rag.ports.reembedding import ReembeddingDeps
from rag.ports.searching import SearchDeps
from rag.redis_access import REDIS_ACCESS
from rag.settings import RagSettings
from runtime.background import BackgroundTask
from runtime.bus import Publisher, Reader
from runtime.clock import Clock
from runtime.database import Database
from runtime.files import FolderFiles
from runtime.latest import Latest
from runtime.redis_client import connect_redis
from runtime.service import Service
from runtime.settings import required
from spending import Accounts, Spending

WRITE_TIMEOUT_S = 60


def build(settings: RagSettings, clock: Clock) -> Service:
    """Everything rag is made of."""
    redis = connect_redis(settings.redis_url)
    database = Database(
        required(settings.database_url, "DATABASE_URL"),
        application="rag",
        # A long document's writes; a search minds its own, shorter time.
        command_timeout_s=WRITE_TIMEOUT_S,
    )
    local = LocalEmbedder(niceness=settings.embed_niceness)
    models = HostedModels({} if settings.offline else settings.connections(), clock)
    hosted = models.embedder(settings.embedding, settings.embedding_dimension)
    rerank = models.reranker(settings.rerank)
    publisher = Publisher(redis, shards=settings.stream_shards)
    spending = Spending("rag", Accounts(redis), publisher.publish, clock)
    embedders = [MeteredEmbedder(model, spending) for model in (hosted, local) if model]
    current = embedders[0]
    store = PostgresDocumentStore(database)
    words = PostgresWords(database, clock)
    old = OldLexemes(database)
    again = Reembedding(ReembeddingDeps(PostgresVectors(database), current, clock))
    search = SearchDeps(
        {embedder.index: embedder for embedder in embedders},
        current.index,
        RedisEmbeddingCache(redis, keep_s=settings.query_cache_s),
        PostgresIndex(database, old),
        words,
        _rules(settings),
        again,
        MeteredReranker(rerank, spending) if rerank else None,
    )
    return Service(
        "rag",
        settings,
        clock,
        reads={
            TurnTaken: _turns(search, redis, clock),
            DocumentUploaded: _uploads(settings, redis, (local, current), spending, store),
            DocumentRemoved: Reader(partial(on_document_removed, store=store)),
        },
        resources=[redis, database, local, *(model for model in (hosted, rerank) if model)],
        tasks=[
            BackgroundTask("unstated usage", spending.run),
            BackgroundTask("terms of documents indexed earlier", old.run),
            BackgroundTask("documents of another model", again.run),
        ],
        mount=_routes(settings, search, database),
        checks=[database.health],
        redis_access=REDIS_ACCESS,
    )


def _turns(deps: SearchDeps, redis: Redis, clock: Clock) -> Reader[TurnTaken]:
    tenants = Latest(redis, TenantState.model_validate_json, clock)
    return Reader(partial(on_turn_taken, deps=deps, tenants=tenants, clock=clock))


def _uploads(
    settings: RagSettings,
    redis: Redis,
    models: tuple[Tokenizer, Embedder],
    spending: Spending,
    store: PostgresDocumentStore,
) -> Reader[DocumentUploaded]:
    deps = IndexingDeps(
        FolderFiles(settings.files_dir),
        ParserProcess(_limits(settings)),
        MeteredScanReader(partial(LocalOcr, niceness=settings.embed_niceness), spending),
        *models,
        store,
        ChunkRules(),
        RedisIndexingProgress(redis),
        RedisNewestChanges(redis),
    )
    return Reader(
        partial(on_document_uploaded, deps=deps),
        # One document at a time: embedding it takes a core for as long as it lasts.
        in_flight=1,
        timeout_s=settings.index_timeout_s,
        on_given_up=on_document_given_up,
    )


def _routes(
    settings: RagSettings, deps: SearchDeps, database: Database
) -> Callable[[FastAPI], None]:
    return partial(
        mount,
        search=partial(search_knowledge, deps=deps),
        read=partial(read_document, texts=PostgresTexts(database)),
        token=settings.service_token,
    )


def _rules(settings: RagSettings) -> SearchRules:
    return SearchRules(
        min_score=settings.min_score,
        min_similarity=settings.min_similarity,
        timeout_s=settings.search_timeout_s,
    )


def _limits(settings: RagSettings) -> Limits:
    return Limits(
        size_bytes=settings.max_document_bytes,
        pages=settings.max_document_pages,
        chars=settings.max_document_chars,
        inflated_bytes=settings.parse_inflated_bytes,
        time_s=settings.parse_timeout_s,
        memory_bytes=settings.parse_memory_bytes,
        hidden=settings.read_hidden,
    )
