"""Sessions whose tenant's time to keep them is over are forgotten."""

import logging
from typing import Final

from contracts.errors import UnavailableError
from contracts.ids import SessionId, TenantId
from gateway.ports.files import FileStore
from gateway.ports.sessions import Retention
from runtime.bad_rows import BadRows

log = logging.getLogger(__name__)
AT_ONCE: Final = 100


async def forget_old_sessions(*, retention: Retention, files: FileStore, bad: BadRows) -> None:
    """Forget what is overdue, at most `AT_ONCE` at a time, in whichever process."""
    for tenant_id, session_id in await retention.overdue(AT_ONCE + len(bad)):
        if session_id in bad:
            continue
        with bad.row(session_id):
            try:
                await _forget(tenant_id, session_id, retention, files)
            except UnavailableError as error:  # of one file, perhaps: the others need not wait
                bad.add(session_id, error)


async def _forget(
    tenant_id: TenantId, session_id: SessionId, retention: Retention, files: FileStore
) -> None:
    """Files first: after a crash between the two the session still names them."""
    for name in await retention.files(tenant_id, session_id):
        await files.delete(tenant_id, name)
    if await retention.forget(tenant_id, session_id):
        log.info("session.forgotten", extra={"session_id": str(session_id)})
