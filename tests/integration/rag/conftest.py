"""Indexing and searching on real PostgreSQL and Valkey, with the real parser and model."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest

from cli.provisioning.database import provision_database
from cli.provisioning.secret import service_url
from rag.adapters.local_embedder import LocalEmbedder
from rag.adapters.local_ocr import LocalOcr
from rag.adapters.metered_embedder import MeteredEmbedder
from rag.adapters.metered_scan_reader import MeteredScanReader
from rag.adapters.parser_process import ParserProcess
from rag.adapters.postgres_document_store import PostgresDocumentStore
from rag.adapters.postgres_index import PostgresIndex
from rag.adapters.postgres_old_lexemes import OldLexemes
from rag.adapters.postgres_vectors import PostgresVectors
from rag.adapters.postgres_words import PostgresWords
from rag.adapters.redis_embedding_cache import RedisEmbeddingCache
from rag.adapters.redis_indexing_progress import RedisIndexingProgress
from rag.adapters.redis_newest_changes import RedisNewestChanges
from rag.domain.chunking import ChunkRules
from rag.domain.documents import Limits
from rag.domain.search import SearchRules
from rag.handlers.reembedding import Reembedding
from rag.ports.indexing import IndexingDeps
from rag.ports.reembedding import ReembeddingDeps
from rag.ports.searching import SearchDeps
from runtime.bus import Publisher
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.files import FolderFiles
from runtime.redis_client import connect_redis
from spending import Accounts, Spending
from support.rag.indexed import SECRET, Rag

LIMITS = Limits(
    size_bytes=2**20,
    pages=50,
    chars=1_000_000,
    inflated_bytes=2**26,
    time_s=30,
    memory_bytes=2**30,
)


PATIENT = SearchRules(timeout_s=30, second_look_timeout_s=20)
"""What is found is tested here, not how fast on a busy machine."""


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    await provision_database(database_url, SECRET)
    async with Database(service_url(database_url, "rag", SECRET), application="test") as opened:
        yield opened


@pytest.fixture
async def rag(database: Database, valkey_url: str, tmp_path: Path) -> AsyncIterator[Rag]:
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(connect_redis(valkey_url))
        model = await stack.enter_async_context(LocalEmbedder(niceness=0))
        store, index, files = (
            PostgresDocumentStore(database),
            PostgresIndex(database, OldLexemes(database)),
            FolderFiles(tmp_path),
        )
        accounts = Accounts(redis)
        spending = Spending("rag", accounts, Publisher(redis).publish, SystemClock())
        embedder = MeteredEmbedder(model, spending)
        parser = ParserProcess(LIMITS)
        scans = MeteredScanReader(partial(LocalOcr, niceness=0), spending)
        vectors = RedisEmbeddingCache(redis, keep_s=60)
        words = PostgresWords(database, SystemClock())
        again = Reembedding(ReembeddingDeps(PostgresVectors(database), embedder, SystemClock()))
        yield Rag(
            IndexingDeps(
                files,
                parser,
                scans,
                model,
                embedder,
                store,
                ChunkRules(),
                RedisIndexingProgress(redis),
                RedisNewestChanges(redis),
            ),
            SearchDeps(
                {embedder.index: embedder}, embedder.index, vectors, index, words, PATIENT, again
            ),
            store,
            index,
            files,
            accounts,
            redis,
        )
