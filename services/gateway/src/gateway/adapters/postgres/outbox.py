import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from weakref import WeakValueDictionary

from contracts.errors import UnavailableError
from contracts.fact import Envelope, Fact
from contracts.ids import EventId, SessionId, TenantId
from contracts.streams import BY_TYPE
from gateway.domain.feed_entries import feed_entry_of
from runtime.bad_rows import BadRows, readable
from runtime.bus import Publisher
from runtime.clock import Clock
from runtime.database import Connection, Database, Row
from runtime.feed import FeedWriter
from runtime.ids import new_id
from runtime.telemetry import current_traceparent

SWEEP_AT_ONCE: Final = 500
PUBLISH_TIMEOUT_S: Final = 3.0
"""Whoever asks waits no longer for Redis; what they asked is saved."""

log = logging.getLogger(__name__)


def parse_envelope(event_type: str, body: str) -> Envelope[Any]:
    """A saved envelope, by the class that its type names."""
    return Envelope[BY_TYPE[event_type].fact].model_validate_json(body)


def readable_facts(rows: Sequence[Row]) -> list[Envelope[Any]]:
    """Rows of session_facts as envelopes; one that cannot be read is left out and reported."""
    return readable(
        "session fact",
        [(row["event_id"], row) for row in rows],
        lambda row: parse_envelope(row["type"], row["envelope"]),
    )


async def save_to_outbox(connection: Connection, event: Envelope[Any]) -> None:
    """Save a fact of our own beside its row, in the row's transaction; twice changes nothing."""
    await connection.execute(
        "INSERT INTO statements (event_id, tenant_id, envelope) VALUES ($1, $2, $3) "
        "ON CONFLICT DO NOTHING",
        event.id,
        event.tenant_id,
        event.model_dump_json(),
    )
    await connection.execute(
        "INSERT INTO unstated (event_id, tenant_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        event.id,
        event.tenant_id,
    )


class PostgresOutbox:
    """Facts wait in PostgreSQL until the bus has them, and the feed what it shows of them.

    The order of a session (or of a tenant, for what has no session) is that of saving: no fact is
    published before an older one of its session that is still here. An older one may be published
    twice for that, by whoever saved it and by who comes after; its first entry is what counts.
    """

    def __init__(
        self, database: Database, publisher: Publisher, feeds: FeedWriter, clock: Clock
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._feeds = feeds
        self._clock = clock
        self._bad = BadRows("outbox", clock)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def envelope(
        self,
        fact: Fact,
        *,
        tenant_id: TenantId,
        session_id: SessionId | None = None,
        event_id: UUID | None = None,
    ) -> Envelope[Any]:
        return Envelope[Any](
            id=EventId(event_id or new_id()),
            type=fact.event_type,
            tenant_id=tenant_id,
            session_id=session_id,
            turn_id=fact.turn,
            occurred_at=self._clock.now(),
            traceparent=current_traceparent(),
            data=fact,
        )

    async def publish(self, event: Envelope[Any]) -> None:
        try:
            # One at a time of each session: else the older would nearly always be stated twice.
            turn = self._turns.setdefault(event.ordering_key, asyncio.Lock())
            async with asyncio.timeout(PUBLISH_TIMEOUT_S), turn:
                await self._publish(event.tenant_id, await self._not_after(event))
        except (UnavailableError, TimeoutError):
            log.warning("outbox.left_to_sweep", extra={"event_type": event.type})

    async def publish_overdue(self, *, before: datetime) -> int:
        async with self._database.sweep() as connection:
            rows = await connection.fetch(
                "SELECT tenant_id, event_id FROM unstated WHERE saved_at < $1 "
                "ORDER BY saved_at, event_id LIMIT $2",
                before,
                SWEEP_AT_ONCE + len(self._bad),
            )
        ids: dict[TenantId, list[UUID]] = {}
        for row in rows:
            if row["event_id"] not in self._bad:
                ids.setdefault(TenantId(row["tenant_id"]), []).append(row["event_id"])
        published = 0
        for tenant_id, event_ids in ids.items():
            for event_id, event_type, body in await self._saved(tenant_id, event_ids):
                with self._bad.row(event_id):
                    await self._publish(tenant_id, [parse_envelope(event_type, body)])
                    published += 1
        return published

    async def _saved(
        self, tenant_id: TenantId, event_ids: list[UUID]
    ) -> list[tuple[UUID, str, str]]:
        """Id, type and body of each, oldest first."""
        async with self._database.tenant(tenant_id) as connection:
            rows = await connection.fetch(
                "SELECT event_id, envelope->>'type' AS type, envelope FROM statements "
                "JOIN unstated USING (event_id) WHERE event_id = ANY($1) "
                "ORDER BY saved_at, event_id",
                event_ids,
            )
        return [(row["event_id"], row["type"], row["envelope"]) for row in rows]

    async def _not_after(self, event: Envelope[Any]) -> list[Envelope[Any]]:
        """What waits of the same session, up to this fact; oldest first."""
        async with self._database.tenant(event.tenant_id) as connection:
            rows = await connection.fetch(
                "SELECT event_id, envelope->>'type' AS type, envelope "
                "FROM statements JOIN unstated USING (event_id) "
                "WHERE envelope->>'session_id' IS NOT DISTINCT FROM $1 "
                "ORDER BY saved_at, event_id LIMIT $2",
                str(event.session_id) if event.session_id else None,
                SWEEP_AT_ONCE,
            )
        ids = [row["event_id"] for row in rows]
        if event.id not in ids:  # published by the sweep meanwhile, or behind very many
            return []
        waiting = [
            (row["event_id"], row)
            for row in rows[: ids.index(event.id) + 1]
            if row["event_id"] not in self._bad
        ]
        return readable("outbox", waiting, lambda row: parse_envelope(row["type"], row["envelope"]))

    async def _publish(self, tenant_id: TenantId, events: Sequence[Envelope[Any]]) -> None:
        """Into the feed, onto the bus, then delete; a crash in between does all of it once more."""
        if not events:
            return
        for event in events:
            entry = feed_entry_of(event.data)
            if entry is not None and event.session_id is not None:
                await self._feeds.write(event.session_id, entry)
            # By itself: in a pipeline the second may be taken when the first was refused.
            await self._publisher.publish(event)
        try:
            async with self._database.tenant(tenant_id) as connection:
                await connection.execute(
                    "DELETE FROM statements WHERE event_id = ANY($1)",
                    [event.id for event in events],
                )
        except UnavailableError:
            return  # the sweep publishes it again, which readers drop, and deletes it then
