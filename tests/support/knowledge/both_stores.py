"""The gateway's and rag's halves of a tenant's documents, and the facts between them by hand."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

from contracts.fact import Envelope, Fact
from contracts.http import Document
from contracts.ids import DocumentId, EventId, SessionId, TenantId
from contracts.knowledge import DocumentRemoved, DocumentUploaded, Progress
from gateway.adapters.postgres.documents import PostgresDocuments
from gateway.domain.callers import Caller, scopes_of
from gateway.domain.content import document_id_of
from gateway.handlers.projection import on_document_settled
from gateway.services.knowledge import KnowledgeService, Upload
from gateway.services.originals import Originals
from rag.adapters.postgres_document_store import PostgresDocumentStore
from rag.domain.chunking import ChunkRules, Tokens
from rag.domain.documents import EMPTY, Block, ParsedDocument, Rejection, Scans
from rag.domain.passages import IndexName, Vectors
from rag.handlers.indexing import on_document_removed, on_document_uploaded
from rag.ports.embedding import EmbedPassages
from rag.ports.indexing import GreyImage, IndexingDeps
from runtime.bus.envelopes import following
from runtime.database import Database, Row
from runtime.files import FolderFiles
from runtime.ids import new_id
from spending import Cause

UNREADABLE = b"unreadable"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class ByHand:
    """An outbox whose facts wait here for whoever reads them; the table keeps none of them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.stated: list[Envelope[Any]] = []

    def envelope(
        self,
        fact: Fact,
        *,
        tenant_id: TenantId,
        session_id: SessionId | None = None,
        event_id: UUID | None = None,
    ) -> Envelope[Any]:
        # The same time for all: a clock must not decide.
        return Envelope[Any](
            id=EventId(event_id or new_id()),
            type=fact.event_type,
            tenant_id=tenant_id,
            session_id=session_id,
            occurred_at=NOON,
            data=fact,
        )

    async def publish(self, event: Envelope[Any]) -> None:
        async with self._database.tenant(event.tenant_id) as connection:
            await connection.execute("DELETE FROM statements WHERE event_id = $1", event.id)
        self.stated.append(event)

    async def publish_overdue(self, *, before: datetime) -> int:
        return 0


class Newest:
    """Numbers of the newest changes, unless Redis loses them: then the order holds all the same."""

    def __init__(self) -> None:
        self.lost = False
        self._numbers: dict[DocumentId, int] = {}

    async def note(self, event: Envelope[Any]) -> None:
        self._numbers[event.data.document_id] = event.data.change_number

    async def number(self, tenant_id: TenantId, document_id: DocumentId) -> int:
        return 0 if self.lost else self._numbers.get(document_id, 0)


class NoProgress:
    """Nobody looks."""

    async def show(
        self, tenant_id: TenantId, document_id: DocumentId, progress: Progress
    ) -> None: ...

    async def end(self, tenant_id: TenantId, document_id: DocumentId) -> None: ...

    async def of(
        self, tenant_id: TenantId, document_ids: Sequence[DocumentId]
    ) -> dict[DocumentId, Progress]:
        return {}


class OneLine:
    """Reads a file as one paragraph, and refuses `UNREADABLE`."""

    async def parse(
        self, path: Path, name: str, scans: Scans | None = None
    ) -> ParsedDocument | Rejection:
        content = await asyncio.to_thread(path.read_bytes)
        text = content.decode()
        return EMPTY if content == UNREADABLE else ParsedDocument(text, [Block(0, len(text))])

    async def render(self, path: Path, page: int) -> None:
        return None


class NoScans:
    """Nobody reads pictures of text here."""

    async def read(
        self,
        upload: Envelope[DocumentUploaded],
        pages: Sequence[int],
        render: Callable[[int], Awaitable[GreyImage | None]],
    ) -> Scans:
        return {}


class SameVectors:
    """A model by which all texts are alike, for nothing."""

    index = IndexName("same", 384)

    async def tokens(self, document: ParsedDocument) -> Tokens:
        return Tokens([])

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.tile(np.eye(1, 384, dtype=np.float32), (len(texts), 1))

    async def embed_question(self, text: str, cause: Cause) -> Vectors:
        return np.eye(1, 384, dtype=np.float32)[0]

    @asynccontextmanager
    async def charged(
        self, cause: Envelope[Any], part: str, texts: Sequence[str]
    ) -> AsyncGenerator[EmbedPassages]:
        yield self.embed_passages


@dataclass
class BothStores:
    """One tenant's documents as the gateway has them and as rag has them.

    Attributes:
        for_rag: stated by the gateway, in the order of stating.
        for_gateway: stated by rag.
    """

    tenant_id: TenantId
    gateway: Database
    rag: Database
    root: Path
    newest: Newest = field(default_factory=Newest)
    for_gateway: list[Envelope[Any]] = field(default_factory=list[Envelope[Any]])

    def __post_init__(self) -> None:
        self.files = FolderFiles(self.root)
        self.documents = PostgresDocuments(self.gateway)
        self.outbox = ByHand(self.gateway)
        self.originals = Originals(self.documents, self.files, 10**6)
        self.service = self.service_on(self.gateway)
        self._store = PostgresDocumentStore(self.rag)
        model = SameVectors()
        self._indexing = IndexingDeps(
            originals=self.files,
            parser=OneLine(),
            scans=NoScans(),
            tokenizer=model,
            embedder=model,
            store=self._store,
            rules=ChunkRules(),
            progress=NoProgress(),
            newest=self.newest,
        )

    @property
    def for_rag(self) -> list[Envelope[Any]]:
        return self.outbox.stated

    def service_on(self, database: Database) -> KnowledgeService:
        """What another gateway's process would have, on a pool of its own."""
        documents = PostgresDocuments(database)
        originals = Originals(documents, self.files, 10**6)
        knows_nothing: Any = None
        return KnowledgeService(
            documents, self.outbox, originals, knows_nothing, NoProgress(), self.newest
        )

    @property
    def caller(self) -> Caller:
        return Caller(self.tenant_id, new_id(), scopes_of(["write"]))

    async def upload(
        self, name: str, content: bytes, *, service: KnowledgeService | None = None
    ) -> Document:
        async def read() -> AsyncIterator[bytes]:
            yield content

        sent = Upload(name, "text/plain", read)
        [document] = await (service or self.service).add(self.caller, [sent])
        return document

    async def remove(self, name: str, *, service: KnowledgeService | None = None) -> None:
        """Raises RejectedError("not_found") when there is none."""
        document_id = document_id_of(self.tenant_id, name)
        await (service or self.service).remove(self.caller, document_id)

    async def rag_reads(self, event: Envelope[Any]) -> None:
        """One delivery of a fact of the gateway's to rag."""
        if isinstance(event.data, DocumentRemoved):
            facts = await on_document_removed(event, store=self._store)
        else:
            facts = await on_document_uploaded(event, deps=self._indexing)
        self.for_gateway += [following(event, fact, service="rag", now=NOON) for fact in facts]

    async def gateway_reads(self, event: Envelope[Any]) -> None:
        """One delivery of a fact of rag's to the gateway."""
        await on_document_settled(event, documents=self.documents, files=self.files)

    async def known(self) -> dict[str, Row]:
        """The gateway's rows, by name."""
        async with self.gateway.tenant(self.tenant_id) as connection:
            rows = await connection.fetch("SELECT name, status, code, sha256, file FROM documents")
        return {row["name"]: row for row in rows}

    async def served(self) -> dict[str, str]:
        """What can be found: the bytes' SHA-256, by name."""
        async with self.rag.tenant(self.tenant_id) as connection:
            rows = await connection.fetch("SELECT name, sha256 FROM documents")
        return {row["name"]: row["sha256"] for row in rows}

    def kept(self) -> set[str]:
        """The originals in the file store."""
        below = self.root / self.tenant_id
        return {path.relative_to(below).as_posix() for path in below.rglob("*") if path.is_file()}

    async def assert_agreed(self) -> None:
        """Nothing waits: both serve the same bytes, and each original has its document."""
        known, served = await self.known(), await self.served()
        assert self.kept() == {row["file"] for row in known.values()}
        assert served.keys() <= known.keys()
        for name, row in known.items():
            assert row["status"] in {"indexed", "rejected"}
            if row["status"] == "indexed":
                assert served[name] == row["sha256"]
            else:  # what was there before a file that cannot be read stays
                assert row["code"] == EMPTY.code
                assert served.get(name) != row["sha256"]
