"""Uploaded files that a crash left without a document, and those of uploads that were replaced."""

import logging
from datetime import timedelta

from gateway.services.originals import Originals
from runtime.clock import Clock

log = logging.getLogger(__name__)


async def sweep_originals(*, originals: Originals, clock: Clock, older_than: timedelta) -> None:
    """Delete what no document names; twice at once is as good as once."""
    count = await originals.sweep(before=clock.now() - older_than)
    if count:
        log.info("originals.swept", extra={"count": count})
