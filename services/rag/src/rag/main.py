from functools import partial

from contracts.conversation import TurnTaken
from contracts.knowledge import DocumentRemoved, DocumentUploaded
from contracts.tenants import TenantState
from rag.adapters.local_embedder import LocalEmbedder
from rag.adapters.parser_process import ParserProcess
from rag.adapters.postgres_index import PostgresIndex
from rag.adapters.postgres_shelf import PostgresShelf
from rag.adapters.postgres_texts import PostgresTexts
from rag.adapters.redis_bar import RedisBar
from rag.adapters.redis_question_vectors import RedisQuestionVectors
from rag.api.search import mount
from rag.domain.chunking import ChunkRules
from rag.domain.documents import Limits
from rag.domain.search import SearchRules
from rag.handlers import (
    Indexing,
    Searching,
    on_document_given_up,
    on_document_removed,
    on_document_uploaded,
    on_turn_taken,
    search_knowledge,
)
from rag.handlers.reading import read_document
from rag.settings import RagSettings
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
    shelf = PostgresShelf(database)
    embedder = LocalEmbedder(niceness=settings.embed_niceness)
    publisher = Publisher(redis, shards=settings.stream_shards)
    spending = Spending("rag", Accounts(redis), publisher.publish, clock)
    searching = Searching(
        embedder,
        RedisQuestionVectors(redis, keep_s=settings.query_cache_s),
        PostgresIndex(database),
        _rules(settings),
    )
    indexing = Indexing(
        FolderFiles(settings.files_dir),
        ParserProcess(_limits(settings)),
        embedder,
        shelf,
        ChunkRules(),
        spending,
        RedisBar(redis),
    )
    turns = partial(
        on_turn_taken,
        searching=searching,
        tenants=Latest(redis, TenantState.model_validate_json, clock),
        spending=spending,
        clock=clock,
    )
    uploads = Reader(
        partial(on_document_uploaded, indexing=indexing),
        # One document at a time: embedding it takes a core for as long as it lasts.
        in_flight=1,
        timeout_s=settings.index_timeout_s,
        on_given_up=on_document_given_up,
    )
    return Service(
        "rag",
        settings,
        clock,
        reads={
            TurnTaken: Reader(turns),
            DocumentUploaded: uploads,
            DocumentRemoved: Reader(partial(on_document_removed, shelf=shelf)),
        },
        resources=[redis, database, embedder],
        tasks=[spending.run],
        mount=lambda app: mount(
            app,
            partial(search_knowledge, searching=searching),
            partial(read_document, texts=PostgresTexts(database)),
            settings.service_token,
        ),
        checks=[database.health],
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
    )
