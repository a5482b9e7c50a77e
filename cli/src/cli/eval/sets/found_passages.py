"""What rag finds in a meeting's documents: its parsers, passages, index and search, on a database
of its own."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, cast
from uuid import UUID, uuid5

from cli.command_line.errors import bad_input
from cli.embedded.directory import prepare_data_dir
from cli.embedded.postgres import start_postgres
from cli.eval.harness.stored import code_of, stored
from cli.provisioning.database import provision_database
from cli.provisioning.secret import service_url
from cli.provisioning.tenants import OWN_PLAN
from contracts.http.documents import PassageQuery
from contracts.ids import TenantId
from contracts.knowledge import Passage
from contracts.tenants import PLANS
from rag.adapters.local_embedder import LocalEmbedder
from rag.adapters.parser_process import ParserProcess
from rag.adapters.postgres_document_store import PostgresDocumentStore
from rag.adapters.postgres_index import PostgresIndex
from rag.domain.chunking import ChunkRules, cut
from rag.domain.documents import Limits, Rejection
from rag.domain.passages import Change, IndexName, NewDocument, NewPassage, Upload, Vectors
from rag.domain.search import SearchRules
from rag.handlers.searching import search_knowledge
from rag.ports.embedding import Embedder
from rag.ports.searching import SearchDeps
from runtime.database import Database

SECRET: Final = b"evaluation"
NAMES: Final = UUID(int=2)
LIMIT: Final = PLANS[OWN_PLAN].knowledge_limit
LIMITS: Final = Limits(50 * 2**20, 2_000, 5_000_000, 512 * 2**20, 120.0, 2**30)
"""As rag's settings have them."""
UPLOADED_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
CODE: Final = ("rag", "local_models.sentences", "local_models.embedding")
Found = dict[str, list[tuple[Passage, ...]]]


def find_passages(asked: Mapping[str, tuple[Sequence[Path], Sequence[str]]]) -> Found:
    """Of each meeting, by question, what is found in its documents, best first.

    Args:
        asked: by the meeting's name, its documents and questions.
    """
    parts: list[bytes | str] = [code_of(*CODE), str(LIMIT)]
    for name, (documents, questions) in asked.items():
        parts += [name, *questions]
        for path in documents:
            parts += [path.name, path.read_bytes()]
    found = stored("passages", parts, lambda: asyncio.run(_find(asked)))
    return {
        name: [tuple(map(Passage.model_validate, each)) for each in lists]
        for name, lists in found.items()
    }


async def _find(asked: Mapping[str, tuple[Sequence[Path], Sequence[str]]]) -> dict[str, object]:
    found: dict[str, object] = {}
    async with _opened() as library:
        for name, (documents, questions) in asked.items():
            for path in documents:
                await library.add(TenantId(name), path)
            found[name] = [await library.search(TenantId(name), text) for text in questions]
    return found


class _Library:
    """The parts of rag that read, index and search, as its `main` puts them together."""

    def __init__(self, embedder: LocalEmbedder, database: Database) -> None:
        self._embedder, self._parser = embedder, ParserProcess(LIMITS)
        self._store = PostgresDocumentStore(database)
        paid = cast("Embedder", _Unpaid(embedder))  # searching embeds questions only
        self._deps = SearchDeps(paid, _Forgetful(), PostgresIndex(database), SearchRules())

    async def add(self, tenant: TenantId, path: Path) -> None:
        document = await self._parser.parse(path, path.name)
        if isinstance(document, Rejection):
            raise bad_input("rejected", f"{path.name} cannot be indexed: {document.reason}")
        chunks = cut(document, await self._embedder.tokens(document), ChunkRules())
        passages = [NewPassage(chunk, document.text[chunk.start : chunk.end]) for chunk in chunks]
        vectors = await self._embedder.embed_passages([one.search_text for one in passages])
        digest = sha256(path.read_bytes()).hexdigest()
        key = uuid5(NAMES, tenant + path.name)
        made = NewDocument(Upload(key, path.name, digest, Change(None, UPLOADED_AT)), None)
        await self._store.replace(tenant, made, self._embedder.index, passages, vectors)

    async def search(self, tenant: TenantId, text: str) -> list[object]:
        query = PassageQuery(tenant_id=tenant, text=text, limit=LIMIT)
        found = await search_knowledge(query, deps=self._deps)
        return [passage.model_dump(mode="json") for passage in found.passages]


class _Unpaid:
    def __init__(self, embedder: LocalEmbedder) -> None:
        self._embedder = embedder
        self.index: IndexName = embedder.index

    async def embed_question(self, text: str, turn: object) -> Vectors:
        return await self._embedder.embed_question(text)


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
