"""One service's reading: FastStream reads, this hands out, renews, takes over, drains."""

import asyncio
from collections.abc import Mapping
from typing import Any

from contracts.fact import Fact
from contracts.streams import ServiceName
from runtime.bus.reader import Reader
from runtime.bus.settings import BusSettings
from runtime.clock import Clock


class Consumer:
    """Reads the facts of `reads` as consumer group `service`, from `run` until its stop is set."""

    def __init__(
        self,
        redis_url: str,
        *,
        service: ServiceName,
        reads: Mapping[type[Fact], Reader[Any]],
        clock: Clock,
        settings: BusSettings,
    ) -> None:
        """Bind; nothing is opened yet.

        Raises:
            ValueError: a fact that the catalogue does not give to this service.
        """
        raise NotImplementedError

    async def run(self, stop: asyncio.Event) -> None:
        """Read until `stop`, then drain.

        Handlers may finish within `drain_s`; the rest is left pending, free for others at once.

        Raises:
            UnavailableError: at the start only: Redis does not answer, or streams and groups are
                missing (`parley provision` makes them).
        """
        raise NotImplementedError

    def problems(self) -> list[str]:
        """What keeps this consumer from its work, one sentence each; [] is ready.

        A dead subscriber, an open breaker, Redis not answering, not started yet.
        """
        raise NotImplementedError
