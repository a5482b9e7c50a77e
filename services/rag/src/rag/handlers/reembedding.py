"""Documents embedded by another model beside the live index, which serves until all are."""

import logging
from collections.abc import Sequence
from typing import Final

from contracts.errors import ServiceError
from contracts.fact import Envelope
from contracts.ids import DocumentId, EventId, TenantId
from contracts.knowledge import DocumentIndexed
from rag.domain.passages import Unembedded
from rag.ports.reembedding import ReembeddingDeps
from runtime.ids import derive_id
from runtime.once_queue import OnceQueue
from runtime.telemetry import metrics

log = logging.getLogger(__name__)

MAX_WAITING: Final = 1_000
"""Tenants; what finds no room is noticed again by the tenant's next search."""
BATCH: Final = 96
PAUSE_S: Final = 5.0
"""After a failure, so that a provider that is down is not asked by every search."""


class Reembedding:
    """Tenants whose searches met an index of another model, and what is done about it.

    Under row level security nobody sees which tenants have any, so their searches say it.
    """

    def __init__(self, deps: ReembeddingDeps) -> None:
        self._deps = deps
        self._waiting: OnceQueue[TenantId] = OnceQueue(MAX_WAITING)

    def met(self, tenant_id: TenantId) -> None:
        self._waiting.put(tenant_id)

    async def run(self) -> None:
        """Does not end by itself. A tenant that fails waits for its next search."""
        while True:
            tenant_id = await self._waiting.get()
            try:
                await reembed(tenant_id, deps=self._deps)
            except ServiceError as error:
                log.warning("reembedding.stopped", extra={"code": error.code})
                await self._deps.clock.sleep(PAUSE_S)
            finally:
                self._waiting.forget(tenant_id)


async def reembed(tenant_id: TenantId, *, deps: ReembeddingDeps) -> None:
    """Fill the index, then switch; what a failure leaves is gone on with the next time.

    Raises:
        UnavailableError: the provider or the store did not answer.
        RejectedError: the tenant may not spend.
    """
    index = deps.embedder.index
    if not await deps.vectors.begin(tenant_id, index):
        return
    done = 0
    while not await deps.vectors.make_live(tenant_id, index):
        some = await deps.vectors.missing(tenant_id, index, limit=BATCH)
        await _embed(tenant_id, some, deps)
        done += len(some)
        metrics.add("passages_reembedded_total", len(some))
        log.info("reembedding.step", extra={"model": index.model, "passages": done})
    log.info("reembedding.switched", extra={"model": index.model, "passages": done})


async def _embed(tenant_id: TenantId, some: Sequence[Unembedded], deps: ReembeddingDeps) -> None:
    if not some:
        return
    index = deps.embedder.index
    texts = [one.text for one in some]
    part = f"{index.model}:{index.dimension}"
    async with deps.embedder.charged(_cause(tenant_id, some, deps), part, texts) as embed:
        vectors = await embed(texts)
    await deps.vectors.add(tenant_id, index, [one.passage_id for one in some], vectors)


def _cause(
    tenant_id: TenantId, some: Sequence[Unembedded], deps: ReembeddingDeps
) -> Envelope[DocumentIndexed]:
    """What the tenant is charged for. Never published: no fact makes an operator change models.

    Its id follows from the passages, so that two processes that embed them charge them once.
    """
    fact = DocumentIndexed(
        document_id=DocumentId(some[0].document_id),
        name="",
        status="unchanged",
        pages=None,
        passages=len(some),
    )
    of = f"{some[0].passage_id}-{some[-1].passage_id}"
    return Envelope[DocumentIndexed](
        id=EventId(derive_id(some[0].document_id, "rag", "reembedding", of)),
        type=fact.event_type,
        tenant_id=tenant_id,
        occurred_at=deps.clock.now(),
        data=fact,
    )
