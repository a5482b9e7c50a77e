"""Uploaded files that a crash left without a document, and those of uploads that were replaced."""

import logging
from datetime import timedelta

from contracts.errors import UnavailableError
from gateway.services.originals import Originals
from runtime.clock import Clock

log = logging.getLogger(__name__)


async def sweep_originals(
    *, originals: Originals, clock: Clock, older_than: timedelta, every_s: float
) -> None:
    """For ever: delete what no document names; twice at once is as good as once."""
    while True:
        await clock.sleep(every_s)
        try:
            count = await originals.sweep(before=clock.now() - older_than)
        except UnavailableError as error:
            log.warning("originals.not_swept", extra={"code": error.code})
        else:
            if count:
                log.info("originals.swept", extra={"count": count})
