"""Facts of other services, into the gateway's own tables."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from contracts.errors import RejectedError, UnavailableError
from contracts.fact import Envelope, Fact
from contracts.knowledge import DocumentIndexed, DocumentRejected
from gateway.ports import Documents, Sessions, Statements
from runtime.bus import Caused
from runtime.clock import Clock

log = logging.getLogger(__name__)


async def on_session_facts(
    events: Sequence[Envelope[Any]], *, sessions: Sessions
) -> Sequence[Caused]:
    """Keep what tells a session's story; the fact's own id makes a second time harmless."""
    if any(event.session_id is None for event in events):
        raise RejectedError("a fact of a session without the session")
    by_tenant = sorted(events, key=lambda event: event.tenant_id)
    for tenant_id, theirs in groupby(by_tenant, key=lambda event: event.tenant_id):
        await sessions.keep(tenant_id, list(theirs))
    return []


async def on_document_settled(
    event: Envelope[DocumentIndexed] | Envelope[DocumentRejected], *, documents: Documents
) -> Sequence[Fact]:
    await documents.settle(event)
    return []


async def sweep_statements(
    *, statements: Statements, clock: Clock, older_than: timedelta, every_s: float
) -> None:
    """For ever: state what a crash, or a Redis that was away, left unstated."""
    while True:
        await clock.sleep(every_s)
        try:
            count = await statements.restate(before=clock.now() - older_than)
        except UnavailableError as error:
            log.warning("statements.not_swept", extra={"code": error.code})
        else:
            if count:
                log.info("statements.restated", extra={"count": count})
