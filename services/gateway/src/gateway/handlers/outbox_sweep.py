"""Facts of our own that a crash, or a Redis that was away, left in the outbox."""

import logging
from datetime import timedelta

from gateway.ports.outbox import Outbox
from runtime.clock import Clock

log = logging.getLogger(__name__)


async def sweep_outbox(*, outbox: Outbox, clock: Clock, older_than: timedelta) -> None:
    """Publish what is overdue."""
    count = await outbox.publish_overdue(before=clock.now() - older_than)
    if count:
        log.info("outbox.swept", extra={"count": count})
