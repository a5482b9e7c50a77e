"""Sessions in which nothing happens any more close by themselves."""

from typing import Final

from contracts.sessions import SessionClosed
from gateway.ports.outbox import Outbox
from gateway.ports.sessions import IdleSessions, SessionStore
from runtime.bad_rows import BadRows

AT_ONCE: Final = 200


async def close_idle_sessions(
    *, idle: IdleSessions, sessions: SessionStore, outbox: Outbox, bad: BadRows
) -> None:
    """Close what is overdue. Each closes once, by whichever process."""
    for tenant_id, session_id in await idle.overdue(AT_ONCE + len(bad)):
        if session_id in bad:
            continue
        with bad.row(session_id):
            event = outbox.envelope(
                SessionClosed(reason="idle"), tenant_id=tenant_id, session_id=session_id
            )
            if await sessions.close(event):
                await outbox.publish(event)
