"""Indexing and searching on real PostgreSQL and Valkey, with the real parser and model."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from cli.provisioning.database import provision_database
from cli.provisioning.secret import service_url
from rag.adapters.local_embedder import LocalEmbedder
from rag.adapters.parser_process import ParserProcess
from rag.adapters.postgres_index import PostgresIndex
from rag.adapters.postgres_shelf import PostgresShelf
from rag.adapters.redis_bar import RedisBar
from rag.adapters.redis_question_vectors import RedisQuestionVectors
from rag.domain.chunking import ChunkRules
from rag.domain.documents import Limits
from rag.domain.search import SearchRules
from rag.handlers import (
    Indexing,
    Searching,
)
from runtime.bus import Publisher
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.files import FolderFiles
from runtime.redis_client import connect_redis
from spending import Accounts, Spending
from support.indexed import SECRET, Rag

LIMITS = Limits(
    size_bytes=2**20,
    pages=50,
    chars=1_000_000,
    inflated_bytes=2**26,
    time_s=30,
    memory_bytes=2**30,
)


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
