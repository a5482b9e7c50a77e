"""Sessions whose tenant's time to keep them is over are forgotten."""

import logging
from typing import Final

from contracts.errors import UnavailableError
from contracts.ids import SessionId, TenantId
from gateway.ports.files import FileStore
from gateway.ports.sessions import Retention
from runtime.clock import Clock

log = logging.getLogger(__name__)
AT_ONCE: Final = 100


async def forget_old_sessions(
    *, retention: Retention, files: FileStore, clock: Clock, every_s: float
) -> None:
    """For ever: forget what is overdue, at most `AT_ONCE` at a time, in whichever process."""
    while True:
        await clock.sleep(every_s)
        try:
            overdue = await retention.overdue(AT_ONCE)
        except UnavailableError as error:
            log.warning("sessions.not_swept", extra={"code": error.code})
            continue
        for tenant_id, session_id in overdue:
            await _forget(tenant_id, session_id, retention, files)


async def _forget(
    tenant_id: TenantId, session_id: SessionId, retention: Retention, files: FileStore
) -> None:
    """Files first: after a crash between the two the session still names them."""
    try:
        for name in await retention.files(tenant_id, session_id):
            await files.delete(tenant_id, name)
        if await retention.forget(tenant_id, session_id):
            log.info("session.forgotten", extra={"session_id": str(session_id)})
    except UnavailableError as error:
        extra = {"session_id": str(session_id), "code": error.code}
        log.warning("session.not_forgotten", extra=extra)
