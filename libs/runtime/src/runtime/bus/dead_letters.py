"""What was given up, kept with reason and body: to be read, corrected, sent again or dropped."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from redis.asyncio import Redis

from contracts.errors import RejectedError
from contracts.streams import dead_letters_key, stream_key
from runtime.bus.claims.claim import Claim
from runtime.bus.envelopes import BODY, ONLY_FOR, parse_envelope
from runtime.bus.reader import GivenUp
from runtime.bus.scripts.appends import Append

KEPT = 100_000
"""Letters per shard; the oldest go first (approximate)."""


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


def letter_of(claim: Claim, reason: GivenUp, detail: str, *, tries: int, at: datetime) -> Append:
    """The dead letter of an entry, as a script appends it."""
    event = claim.event
    fields: dict[str, str | bytes] = {
        "event_type": claim.subscription.event_type,
        "group": claim.shard.group,
        "event_id": str(event.id) if event else "",
        "tenant_id": event.tenant_id if event else "",
        "reason": reason.value,
        "detail": detail,
        "deliveries": str(tries),
        "at": at.isoformat(),
        "body": claim.body,
    }
    flat = tuple(part for field in fields.items() for part in field)
    return Append(dead_letters_key(claim.shard.number), flat, cap=KEPT)


class DeadLetters:
    """The dead letter streams of all shards."""

    def __init__(self, redis: Redis, *, shards: int = 1) -> None:
        # redis-py types replies for all protocols at once; these are bytes.
        self._redis = cast("Any", redis)
        self._shards = shards

    async def count(self) -> int:
        return sum([await self._redis.xlen(dead_letters_key(i)) for i in range(self._shards)])

    async def list(self, *, limit: int = 100) -> list[DeadLetter]:
        """Oldest first."""
        found: list[DeadLetter] = []
        for shard in range(self._shards):
            rows = await self._redis.xrange(dead_letters_key(shard), count=limit)
            found += [_parsed(shard, entry_id, fields) for entry_id, fields in rows]
        return sorted(found, key=lambda one: one.at)[:limit]

    async def show(self, letter_id: str) -> DeadLetter | None:
        """None: it is not there."""
        shard, entry_id = _parts(letter_id)
        rows = await self._redis.xrange(dead_letters_key(shard), entry_id, entry_id)
        return _parsed(shard, *rows[0]) if rows else None

    async def edit(self, letter_id: str, body: bytes) -> DeadLetter:
        """Replace the body by a correct one; the letter gets a new id.

        Raises:
            RejectedError: no such letter, or the body is no envelope of the stream's fact.
        """
        found = await self._existing(letter_id)
        event = _checked(found.event_type, body)
        shard, entry_id = _parts(letter_id)
        key = dead_letters_key(shard)
        rows = await self._redis.xrange(key, entry_id, entry_id)
        fields = {
            **rows[0][1],
            b"body": body,
            b"event_id": str(event.id),
            b"tenant_id": event.tenant_id,
        }
        pipe = self._redis.pipeline(transaction=True)
        pipe.xadd(key, fields)
        pipe.xdel(key, entry_id)
        new_id, _ = await pipe.execute()
        return await self._existing(f"{shard}/{new_id.decode()}")

    async def redrive(self, letter_id: str) -> str:
        """Send the body again to its own stream, for the group that gave it up only.

        Returns:
            The new entry's id.

        Raises:
            RejectedError: no such letter, or its body still does not parse.
        """
        found = await self._existing(letter_id)
        _checked(found.event_type, found.body)
        shard, entry_id = _parts(letter_id)
        pipe = self._redis.pipeline(transaction=True)
        pipe.xadd(stream_key(found.event_type, shard), {BODY: found.body, ONLY_FOR: found.group})
        pipe.xdel(dead_letters_key(shard), entry_id)
        new_id, _ = await pipe.execute()
        return new_id.decode()

    async def drop(self, letter_id: str) -> bool:
        """False: it was not there."""
        shard, entry_id = _parts(letter_id)
        return bool(await self._redis.xdel(dead_letters_key(shard), entry_id))

    async def _existing(self, letter_id: str) -> DeadLetter:
        found = await self.show(letter_id)
        if found is None:
            raise RejectedError(f"there is no dead letter {letter_id}", code="no_such_letter")
        return found


def _checked(event_type: str, body: bytes) -> Any:
    try:
        return parse_envelope(event_type, body)
    except ValueError:
        # The parser's own message quotes the body.
        raise RejectedError(f"the body is no envelope of {event_type}", code="unparsable") from None


def _parts(letter_id: str) -> tuple[int, str]:
    shard, _, entry_id = letter_id.partition("/")
    milliseconds, _, sequence = entry_id.partition("-")
    if not (shard.isdecimal() and milliseconds.isdecimal() and sequence.isdecimal()):
        raise RejectedError("a dead letter's id looks like 0/1690000000000-0", code="bad_letter_id")
    return int(shard), entry_id


def _parsed(shard: int, entry_id: bytes, fields: Mapping[bytes, bytes]) -> DeadLetter:
    def text(name: bytes) -> str:
        return fields.get(name, b"").decode(errors="replace")

    at = text(b"at")
    return DeadLetter(
        id=f"{shard}/{entry_id.decode()}",
        event_type=text(b"event_type"),
        group=text(b"group"),
        event_id=text(b"event_id") or None,
        tenant_id=text(b"tenant_id") or None,
        reason=text(b"reason"),
        detail=text(b"detail"),
        deliveries=int(text(b"deliveries") or 0),
        at=datetime.fromisoformat(at) if at else datetime.fromtimestamp(0, UTC),
        body=fields.get(b"body", b""),
    )
