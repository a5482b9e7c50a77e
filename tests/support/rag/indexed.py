"""The document service with everything real behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from contracts.fact import Envelope
from contracts.http import PassageQuery, SearchResult
from contracts.ids import TenantId
from contracts.knowledge import (
    DocumentIndexed,
    DocumentRejected,
    DocumentUploaded,
    Passage,
)
from rag.adapters.postgres_document_store import PostgresDocumentStore
from rag.adapters.postgres_index import PostgresIndex
from rag.handlers.indexing import on_document_uploaded
from rag.handlers.searching import search_knowledge
from rag.ports.indexing import IndexingDeps
from rag.ports.searching import SearchDeps
from runtime.files import FolderFiles
from runtime.ids import new_id
from spending import Accounts
from support.rag.knowledge import upload

SECRET = b"test"
HANDBOOK = b"""# Staff handbook

## Leave
Every employee has thirty days of paid leave a year.

## Travel
Trips by train are booked in first class when they take more than two hours.
"""


@dataclass
class Rag:
    """The service's handlers with everything real behind them."""

    indexing: IndexingDeps
    searching: SearchDeps
    store: PostgresDocumentStore
    found: PostgresIndex
    files: FolderFiles
    accounts: Accounts
    redis: Redis

    async def tenant(self) -> TenantId:
        """A new one, with an account."""
        tenant_id = TenantId(f"t-{new_id().hex[-12:]}")
        await self.accounts.make(tenant_id)
        return tenant_id

    async def index(self, event: Envelope[DocumentUploaded]) -> DocumentIndexed | DocumentRejected:
        [fact] = await on_document_uploaded(event, deps=self.indexing)
        assert isinstance(fact, DocumentIndexed | DocumentRejected)
        return fact

    async def add(self, tenant_id: TenantId, name: str, content: bytes) -> DocumentIndexed:
        fact = await self.index(await upload(self.files, tenant_id, name, content))
        assert isinstance(fact, DocumentIndexed)
        return fact

    async def search(self, tenant_id: TenantId, text: str, limit: int = 5) -> Sequence[Passage]:
        return (await self.find(tenant_id, text, limit)).passages

    async def find(self, tenant_id: TenantId, text: str, limit: int = 5) -> SearchResult:
        query = PassageQuery(tenant_id=tenant_id, text=text, limit=limit)
        return await search_knowledge(query, deps=self.searching)
