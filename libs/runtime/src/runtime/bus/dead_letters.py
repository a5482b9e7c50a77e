"""What was given up: kept with its reason and body, to be read, corrected, sent again or dropped."""

from dataclasses import dataclass
from datetime import datetime

from redis.asyncio import Redis


@dataclass(frozen=True)
class DeadLetter:
    """One delivery that was given up.

    Attributes:
        id: `<shard>/<entry id>` in the dead letter stream; what the functions here take.
        event_type: the stream's name in the catalogue.
        group: whose delivery it was.
        event_id: None when the body does not parse.
        reason: a GivenUp code.
        detail: an error's code or class, without content.
        deliveries: how often the handler failed or died.
        body: the envelope's JSON as it came. Content: for people with access, never for logs.
    """

    id: str
    event_type: str
    group: str
    event_id: str | None
    tenant_id: str | None
    reason: str
    detail: str
    deliveries: int
    at: datetime
    body: bytes


class DeadLetters:
    """The dead letter streams of all shards."""

    def __init__(self, redis: Redis, *, shards: int = 1) -> None:
        raise NotImplementedError

    async def count(self) -> int: ...

    async def list(self, *, limit: int = 100) -> list[DeadLetter]:
        """Oldest first."""
        ...

    async def show(self, letter_id: str) -> DeadLetter | None: ...

    async def edit(self, letter_id: str, body: bytes) -> DeadLetter:
        """Replace the body by a correct one; the letter gets a new id.

        Raises:
            RejectedError: no such letter, or the body is no envelope of the stream's fact.
        """
        ...

    async def redrive(self, letter_id: str) -> str:
        """Send the body again to its own stream, for the group that gave it up only.

        Returns:
            The new entry's id.

        Raises:
            RejectedError: no such letter, or its body still does not parse.
        """
        ...

    async def drop(self, letter_id: str) -> bool:
        """False: it was not there."""
        ...
