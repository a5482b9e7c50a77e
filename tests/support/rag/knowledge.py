"""Uploads, and the fakes and builders of rag's tests."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import numpy as np

from contracts.conversation import TurnTaken
from contracts.fact import Envelope
from contracts.ids import DocumentId, EventId, SessionId, TenantId, TurnId
from contracts.knowledge import DocumentRemoved, DocumentUploaded
from rag.domain.passages import Vectors
from runtime.files import Files
from runtime.ids import new_id

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


async def upload(  # noqa: PLR0913 - each test says what matters to it
    files: Files,
    tenant_id: TenantId,
    name: str,
    content: bytes,
    *,
    at_s: float = 0,
    document_id: DocumentId | None = None,
    number: int | None = None,
) -> Envelope[DocumentUploaded]:
    """Put the file where the gateway would, and say so."""
    document_id = document_id or DocumentId(new_id())

    async def chunks() -> AsyncIterator[bytes]:
        yield content

    stored = await files.put(
        tenant_id, f"documents/{document_id}", chunks(), max_bytes=len(content) + 1
    )
    return Envelope[DocumentUploaded](
        id=EventId(new_id()),
        type=DocumentUploaded.event_type,
        tenant_id=tenant_id,
        occurred_at=NOON + timedelta(seconds=at_s),
        data=DocumentUploaded(
            document_id=document_id,
            file=stored.name,
            name=name,
            media_type="application/octet-stream",
            size_bytes=len(content),
            sha256=sha256(content).hexdigest(),
            change_number=number,
        ),
    )


def removal(
    tenant_id: TenantId, document_id: DocumentId, *, at_s: float, number: int | None = None
) -> Envelope[DocumentRemoved]:
    return Envelope[DocumentRemoved](
        id=EventId(new_id()),
        type=DocumentRemoved.event_type,
        tenant_id=tenant_id,
        occurred_at=NOON + timedelta(seconds=at_s),
        data=DocumentRemoved(document_id=document_id, change_number=number),
    )


def a_question(tenant_id: TenantId, text: str) -> Envelope[TurnTaken]:
    turn_id = TurnId(new_id())
    return Envelope[TurnTaken](
        id=EventId(new_id()),
        type=TurnTaken.event_type,
        tenant_id=tenant_id,
        session_id=SessionId(new_id()),
        turn_id=turn_id,
        occurred_at=NOON,
        data=TurnTaken(
            turn_id=turn_id,
            channel="chat",
            text=text,
            speaker="Ada",
            asked_at_ms=0,
            screen=None,
            addressed_by="chat",
        ),
    )


def unit_vectors(count: int, *, seed: int, around: Vectors | None = None) -> Vectors:
    """Random directions, shape (count, 384), rows of length 1, near `around` when it is given."""
    rows = np.random.default_rng(seed).normal(size=(count, 384)).astype(np.float32)
    if around is not None:
        rows = rows * 0.02 + around
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
