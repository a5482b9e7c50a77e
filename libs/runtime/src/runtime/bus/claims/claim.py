"""An entry that this process has claimed: read or taken over, and renewed until its end."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from contracts.fact import Envelope
from contracts.streams import done_key
from runtime.bus.envelopes import BODY, ONLY_FOR, parse_envelope
from runtime.bus.provision import tries_key
from runtime.bus.reading.subscription import Shard, Subscription


@dataclass(eq=False)
class Claim:
    """One entry this process owns and renews, from its read to its end.

    Attributes:
        times_delivered: tells this claim from an earlier one of the same consumer.
        event: None when the body does not parse.
        claimed_at_s: monotonic.
        lost: another process took it; nothing of it may be written any more.
        task: the worker that handles it; None while it waits for a slot.
        runs_alone: it is a suspect, and no other suspect runs in this process.
    """

    shard: Shard
    entry_id: str
    times_delivered: int
    fields: Mapping[bytes, bytes]
    event: Envelope[Any] | None
    claimed_at_s: float
    lost: bool = False
    task: asyncio.Task[None] | None = None
    runs_alone: bool = False

    @classmethod
    def of(
        cls,
        shard: Shard,
        entry_id: str,
        times_delivered: int,
        fields: Mapping[bytes, bytes],
        now_s: float,
    ) -> Self:
        """Parse; `now_s` is monotonic."""
        try:
            event = parse_envelope(shard.subscription.event_type, fields[BODY])
        except (KeyError, ValueError):
            event = None
        return cls(shard, entry_id, times_delivered, fields, event, now_s)

    @property
    def subscription(self) -> Subscription:
        return self.shard.subscription

    @property
    def parsed_event(self) -> Envelope[Any]:
        """Of an entry whose body parsed."""
        assert self.event
        return self.event

    @property
    def tenant(self) -> str:
        return self.event.tenant_id if self.event else ""

    @property
    def identity(self) -> tuple[str, int]:
        """What tells the server, beside the consumer's name, this very claim."""
        return self.entry_id, self.times_delivered

    @property
    def body(self) -> bytes:
        return self.fields.get(BODY, b"")

    @property
    def is_for_another(self) -> bool:
        """Sent again for one group only, and that is not ours."""
        return self.fields.get(ONLY_FOR, self.shard.group.encode()) != self.shard.group.encode()

    @property
    def tries_key(self) -> str:
        return tries_key(self.shard.group, self.entry_id, self.shard.key)

    @property
    def done_key(self) -> str:
        return done_key(self.shard.group, str(self.parsed_event.id), self.shard.number)

    @property
    def entered_at(self) -> datetime:
        return datetime.fromtimestamp(int(self.entry_id.split("-")[0]) / 1000, UTC)

    @property
    def deadline(self) -> datetime | None:
        after = self.subscription.group.deadline
        return self.entered_at + after if after else None
