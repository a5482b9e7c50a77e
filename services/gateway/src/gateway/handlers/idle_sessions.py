"""Sessions in which nothing happens any more close by themselves."""

import logging
from typing import Final

from contracts.errors import UnavailableError
from contracts.sessions import SessionClosed
from gateway.ports.outbox import Outbox
from gateway.ports.sessions import IdleSessions, SessionStore
from runtime.clock import Clock

log = logging.getLogger(__name__)
AT_ONCE: Final = 200


async def close_idle_sessions(
    *, idle: IdleSessions, sessions: SessionStore, outbox: Outbox, clock: Clock, every_s: float
) -> None:
    """For ever: close what is overdue. Each closes once, by whichever process."""
    while True:
        await clock.sleep(every_s)
        try:
            for tenant_id, session_id in await idle.overdue(AT_ONCE):
                event = outbox.envelope(
                    SessionClosed(reason="idle"), tenant_id=tenant_id, session_id=session_id
                )
                if await sessions.close(event):
                    await outbox.publish(event)
        except UnavailableError as error:
            log.warning("idle.not_swept", extra={"code": error.code})
