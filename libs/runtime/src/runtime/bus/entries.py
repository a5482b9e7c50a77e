"""An entry that this process holds, and the subscription it came from."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from contracts.streams import done_key, stream_key
from runtime.bus.breaker import Breaker
from runtime.bus.writes import BODY, ONLY_FOR, parse_envelope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from contracts.fact import Envelope
    from contracts.streams import Group, Stream
    from runtime.bus.admission import Admission
    from runtime.bus.reader import Reader


@dataclass(eq=False)
class Reading:
    """One fact that this process reads, over all its shards: the row, the reader, the bounds."""

    stream: Stream
    group: Group
    reader: Reader[Any]
    admission: Admission[list[Held]]
    breaker: Breaker
    suspects: asyncio.Lock = field(default_factory=asyncio.Lock)
    stopped: bool = False

    @property
    def event_type(self) -> str:
        return self.stream.name

    @property
    def labels(self) -> dict[str, str]:
        """Of metrics."""
        return {"event_type": self.stream.name, "group": self.group.service}


@dataclass(frozen=True)
class Source:
    """One shard of a reading: a Redis stream, read as a group."""

    reading: Reading
    shard: int

    @property
    def key(self) -> str:
        return stream_key(self.reading.event_type, self.shard)

    @property
    def group(self) -> str:
        return self.reading.group.service


@dataclass(eq=False)
class Held:
    """One entry this process holds and renews, from its read to its end.

    Attributes:
        claim: times delivered; with the consumer's name it is this very claim.
        event: None when the body does not parse.
        lost: another process took it; nothing of it may be written any more.
        task: the worker that has it in hand; None while it waits for a slot.
        is_alone: its worker holds the reading's lock of suspects.
    """

    source: Source
    entry_id: str
    claim: int
    fields: Mapping[bytes, bytes]
    event: Envelope[Any] | None
    held_since: float
    lost: bool = False
    task: asyncio.Task[None] | None = None
    is_alone: bool = False

    @classmethod
    def of(
        cls, source: Source, entry_id: str, claim: int, fields: Mapping[bytes, bytes], now: float
    ) -> Held:
        """Parse; `now` is monotonic."""
        try:
            event = parse_envelope(source.reading.event_type, fields[BODY])
        except (KeyError, ValueError):
            event = None
        return cls(source, entry_id, claim, fields, event, now)

    @property
    def reading(self) -> Reading:
        return self.source.reading

    @property
    def tenant(self) -> str:
        return self.event.tenant_id if self.event else ""

    @property
    def body(self) -> bytes:
        return self.fields.get(BODY, b"")

    @property
    def is_for_another(self) -> bool:
        """Sent again for one group only, and that is not ours."""
        return self.fields.get(ONLY_FOR, self.source.group.encode()) != self.source.group.encode()

    @property
    def tries_key(self) -> str:
        """Failures, deaths and progress of this entry; under the stream's hash tag."""
        return f"tries:{self.source.group}:{self.entry_id}:{self.source.key}"

    @property
    def done_key(self) -> str:
        assert self.event
        return done_key(self.source.group, str(self.event.id), self.source.shard)

    @property
    def entered_at(self) -> datetime:
        return datetime.fromtimestamp(int(self.entry_id.split("-")[0]) / 1000, UTC)

    @property
    def deadline(self) -> datetime | None:
        after = self.reading.group.deadline
        return self.entered_at + after if after else None
