"""What rag finds in documents: its parsers, index and search, on a database of its own."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Final, Self, cast
from uuid import UUID, uuid5

from cli.command_line.errors import bad_input
from cli.embedded.directory import prepare_data_dir
from cli.embedded.postgres import start_postgres
from cli.eval.harness.cases import LIMIT
from cli.eval.harness.stored import code_of, stored
from cli.provisioning.database import provision_database
from cli.provisioning.secret import service_url
from contracts.http.documents import PassageQuery
from contracts.ids import TenantId
from contracts.knowledge import Passage
from rag.adapters.local_embedder import LocalEmbedder
from rag.adapters.parser_process import ParserProcess
from rag.adapters.postgres_document_store import PostgresDocumentStore
from rag.adapters.postgres_index import PostgresIndex
from rag.adapters.postgres_old_lexemes import OldLexemes
from rag.adapters.postgres_words import PostgresWords
from rag.domain.chunking import ChunkRules, cut
from rag.domain.documents import Limits, Rejection
from rag.domain.passages import Change, IndexName, NewDocument, NewPassage, Upload, Vectors
from rag.domain.search import SearchRules
from rag.handlers.searching import search_knowledge
from rag.ports.embedding import Embedder
from rag.ports.searching import SearchDeps
from runtime.clock import SystemClock
from runtime.database import Database

SECRET: Final = b"evaluation"
NAMES: Final = UUID(int=2)
LIMITS: Final = Limits(50 * 2**20, 2_000, 5_000_000, 512 * 2**20, 120.0, 2**30)
"""As rag's settings have them."""
UPLOADED_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
CODE: Final = ("rag", "language", "local_models.embedding")


class Documents:
    """The documents of each meeting, to be searched as rag searches them.

    What was found before is kept on disk; the database starts with the first search that is new.
    A context manager.
    """

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._open = AsyncExitStack()
        self._library: _Library | None = None
        self._added: set[str] = set()
        self._code = code_of(*CODE)

    def __enter__(self) -> Self:
        self._runner.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._runner.run(self._open.aclose())
        self._runner.__exit__(kind, error, trace)

    def search(
        self, meeting: str, documents: Sequence[Path], text: str, *, limit: int = LIMIT
    ) -> tuple[Passage, ...]:
        """Best first, at most `limit`; () when the documents do not say."""
        parts: list[bytes | str] = [self._code, str(limit), meeting, text]
        for path in documents:
            parts += [path.name, path.read_bytes()]
        found = stored(
            "passages",
            parts,
            lambda: self._runner.run(self._search(meeting, documents, text, limit)),
        )
        return tuple(map(Passage.model_validate, found))

    async def _search(
        self, meeting: str, documents: Sequence[Path], text: str, limit: int
    ) -> list[object]:
        if self._library is None:
            self._library = await self._open.enter_async_context(_opened())
        tenant = TenantId(meeting)
        if meeting not in self._added:
            self._added.add(meeting)
            for path in documents:
                await self._library.add(tenant, path)
        return await self._library.search(tenant, text, limit)


class _Library:
    """The parts of rag that read, index and search, as its `main` puts them together."""

    def __init__(self, embedder: LocalEmbedder, database: Database) -> None:
        self._embedder, self._parser = embedder, ParserProcess(LIMITS)
        self._store = PostgresDocumentStore(database)
        paid = cast("Embedder", _Unpaid(embedder))  # searching embeds questions only
        index, words = (
            PostgresIndex(database, OldLexemes(database)),
            PostgresWords(database, SystemClock()),
        )
        self._deps = SearchDeps(
            {embedder.index: paid}, embedder.index, _Forgetful(), index, words, SearchRules()
        )

    async def add(self, tenant: TenantId, path: Path) -> None:
        document = await self._parser.parse(path, path.name)
        if isinstance(document, Rejection):
            raise bad_input("rejected", f"{path.name} cannot be indexed: {document.reason}")
        chunks = cut(document, await self._embedder.tokens(document), ChunkRules())
        passages = [NewPassage(chunk, document.text[chunk.start : chunk.end]) for chunk in chunks]
        embedded = await self._embedder.embed_passages([one.search_text for one in passages])
        key, digest = uuid5(NAMES, tenant + path.name), sha256(document.text.encode()).hexdigest()
        made = NewDocument(Upload(key, path.name, digest, Change(None, UPLOADED_AT)), None)
        await self._store.replace(tenant, made, self._embedder.index, passages, embedded.vectors)

    async def search(self, tenant: TenantId, text: str, limit: int) -> list[object]:
        query = PassageQuery(tenant_id=tenant, text=text, limit=limit)
        found = await search_knowledge(query, deps=self._deps)
        return [passage.model_dump(mode="json") for passage in found.passages]


class _Unpaid:
    def __init__(self, embedder: LocalEmbedder) -> None:
        self._embedder = embedder
        self.index: IndexName = embedder.index

    async def embed_question(self, text: str, turn: object) -> Vectors:
        return (await self._embedder.embed_question(text)).vectors


class _Forgetful:
    async def get(self, tenant_id: TenantId, index: IndexName, text: str) -> Vectors | None:
        return None

    async def put(
        self, tenant_id: TenantId, index: IndexName, text: str, vector: Vectors
    ) -> None: ...


@asynccontextmanager
async def _opened() -> AsyncGenerator[_Library]:
    folder = Path(tempfile.mkdtemp(prefix="parley-eval-"))
    try:
        server = start_postgres(prepare_data_dir(folder), durable=False)
        try:
            await provision_database(server.url, SECRET)
            url = service_url(server.url, "rag", SECRET)
            async with (
                Database(url, application="evaluation", command_timeout_s=60) as database,
                LocalEmbedder(niceness=0) as embedder,
            ):
                yield _Library(embedder, database)
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
