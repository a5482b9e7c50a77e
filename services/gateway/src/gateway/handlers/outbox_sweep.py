"""Facts of our own that a crash, or a Redis that was away, left in the outbox."""

import logging
from datetime import timedelta

from contracts.errors import UnavailableError
from gateway.ports.outbox import Outbox
from runtime.clock import Clock

log = logging.getLogger(__name__)


async def sweep_outbox(
    *, outbox: Outbox, clock: Clock, older_than: timedelta, every_s: float
) -> None:
    """For ever: publish what is overdue."""
    while True:
        await clock.sleep(every_s)
        try:
            count = await outbox.publish_overdue(before=clock.now() - older_than)
        except UnavailableError as error:
            log.warning("outbox.not_swept", extra={"code": error.code})
        else:
            if count:
                log.info("outbox.swept", extra={"count": count})
