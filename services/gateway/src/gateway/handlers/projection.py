"""Facts of other services, into the gateway's own tables."""

from collections.abc import Sequence
from typing import Any

from contracts.errors import RejectedError
from contracts.fact import Envelope, Fact
from contracts.knowledge import DocumentIndexed, DocumentRejected
from gateway.domain.content import original_of
from gateway.ports.documents import DocumentStore
from gateway.ports.files import FileStore
from gateway.ports.sessions import SessionStore
from runtime.bus import Caused
from runtime.database import by_tenant


async def on_session_facts(
    events: Sequence[Envelope[Any]], *, sessions: SessionStore
) -> Sequence[Caused]:
    """Add to sessions' histories; the fact's own id makes a second time harmless."""
    if any(event.session_id is None for event in events):
        raise RejectedError("a fact of a session without the session")
    for tenant_id, facts in by_tenant(events):
        await sessions.add_facts(tenant_id, facts)
    return []


async def on_document_settled(
    event: Envelope[DocumentIndexed] | Envelope[DocumentRejected],
    *,
    documents: DocumentStore,
    files: FileStore,
) -> Sequence[Fact]:
    """Note it; where the upload no longer counts, nobody reads its original any more."""
    if not await documents.settle(event) and event.cause_id is not None:
        await files.delete(event.tenant_id, original_of(event.cause_id))
    return []
