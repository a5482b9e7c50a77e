"""One fact that this process reads, as a consumer group, and the shards it is read from."""

from dataclasses import dataclass
from typing import Any, Final, Self

from contracts.fact import Fact
from contracts.streams import Group, ServiceName, Stream, stream_key, stream_of
from runtime.bus.reader import Reader
from runtime.bus.reading.breaker import CircuitBreaker
from runtime.bus.settings import BusSettings

READ_AHEAD: Final = 16
"""Entries that wait in the process when the newest of them is to go first."""
MAX_RECORDS: Final = 64


@dataclass(eq=False)
class Subscription:
    """One fact over all its shards: its row of the catalogue, its reader, its bounds.

    Attributes:
        limit: handlers (or batches) at once in this process.
        stopped: nothing of it is read or begun now.
    """

    stream: Stream
    group: Group
    reader: Reader[Any]
    limit: int
    breaker: CircuitBreaker
    stopped: bool = False

    @classmethod
    def of(
        cls, fact: type[Fact], reader: Reader[Any], service: ServiceName, settings: BusSettings
    ) -> Self:
        """As the catalogue has it.

        Raises:
            ValueError: the catalogue does not give this fact to this service.
        """
        stream = stream_of(fact)
        group = next((group for group in stream.readers if group.service == service), None)
        if group is None:
            raise ValueError(f"the catalogue does not let {service} read {fact.event_type}")
        limit = reader.in_flight or (1 if reader.batch else settings.in_flight)
        breaker = CircuitBreaker(
            probe_after_s=settings.probe_after_s, probe_at_most_s=settings.probe_at_most_s
        )
        return cls(stream, group, reader, limit, breaker)

    @property
    def max_records(self) -> int:
        """Entries that one read may bring."""
        if self.reader.batch:
            return self.reader.batch_size
        if self.reader.newest_first:
            return READ_AHEAD
        return max(1, min(MAX_RECORDS, self.limit // 2))

    @property
    def entries_of_job(self) -> int:
        """Entries that one slot holds, at most."""
        return self.reader.batch_size if self.reader.batch else 1

    @property
    def event_type(self) -> str:
        return self.stream.name

    @property
    def labels(self) -> dict[str, str]:
        """Of the metrics and logs of its deliveries."""
        return {"event_type": self.stream.name, "group": self.group.service}


@dataclass(frozen=True)
class Shard:
    """One shard of a subscription: a Redis stream, read as a group."""

    subscription: Subscription
    number: int

    @property
    def key(self) -> str:
        return stream_key(self.subscription.event_type, self.number)

    @property
    def group(self) -> str:
        return self.subscription.group.service
