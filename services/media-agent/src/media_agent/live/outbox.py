"""What happens in a live meeting, stated in order without a delivery, kept while Redis is away.

Redis answers in its own time; no part of a meeting waits for it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

from contracts.errors import UnavailableError
from contracts.fact import Envelope, Fact
from contracts.feed import FeedEntry
from contracts.ids import EventId, SessionId, TenantId
from contracts.media import MeetingStarted
from contracts.rooms import Dispatch
from media_agent.meeting.background import background
from media_agent.ports.outbox import Publish, Tell
from runtime.clock import Clock
from runtime.ids import derive_id
from runtime.telemetry import current_traceparent, metrics

log = logging.getLogger(__name__)

MAX_WAITING: Final = 2_000
"""Statements that wait while Redis is away: several minutes of a busy meeting."""
AT_ONCE: Final = 50
TRY_TIMEOUT_S: Final = 10.0
TRY_AGAIN_S: Final = 1.0
SETTLE_TIMEOUT_S: Final = 5.0


class _Statement(NamedTuple):
    facts: tuple[Envelope[Any], ...]
    feed: tuple[FeedEntry, ...]


class LiveOutbox:
    """Implements ports.outbox.Outbox; one per job.

    Ids derive from the session, so what two agents state alike is one fact.

    Attributes:
        lost: statements that found the outbox full.
        is_behind: Redis did not take the last try.
    """

    def __init__(
        self,
        dispatch: Dispatch,
        *,
        publish: Publish,
        tell: Tell,
        clock: Clock,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self.tenant_id: TenantId = dispatch.tenant_id
        self.session_id: SessionId = dispatch.session_id
        self.room = dispatch.room
        self.title = dispatch.title
        self._opened_at = dispatch.opened_at
        self._publish, self._tell, self._clock = publish, tell, clock
        self._waiting: deque[_Statement] = deque()
        self._news = asyncio.Condition()
        self._max_waiting = max_waiting
        self.lost = 0
        self.is_behind = False

    @property
    def beginning(self) -> MeetingStarted:
        """The meeting itself: stated by each of its agents, it is one fact; its tenant pays."""
        return MeetingStarted(
            source="live",
            name=self.title[:255],
            duration_ms=None,
            has_video=True,
            has_audio=True,
        )

    def now_ms(self) -> int:
        """Milliseconds since the start of the session: the one clock of all its agents."""
        since = self._clock.now() - self._opened_at
        return max(0, round(since.total_seconds() * 1000))

    def at_ms(self, epoch_s: float | None) -> int:
        """The same of a time in seconds since 1970; None: now."""
        if epoch_s is None:
            return self.now_ms()
        return max(0, round((epoch_s - self._opened_at.timestamp()) * 1000))

    def id_of(self, fact: Fact, part: str = "") -> EventId:
        """Id of the fact as stated here; for its feed entry.

        Args:
            fact: names itself by type and key.
            part: where the key alone does not tell it from others of this session.
        """
        return EventId(derive_id(self.session_id, "media-agent", fact.event_type, fact.key, part))

    def envelope(self, fact: Fact, *, part: str = "") -> Envelope[Any]:
        """The fact as a first cause; also what a call to a model is charged to."""
        return Envelope[Any](
            id=self.id_of(fact, part),
            type=fact.event_type,
            tenant_id=self.tenant_id,
            session_id=self.session_id,
            turn_id=fact.turn,
            occurred_at=self._clock.now(),
            traceparent=current_traceparent(),
            data=fact,
        )

    async def state(
        self,
        *facts: Fact,
        feed: Sequence[FeedEntry] = (),
        part: str = "",
    ) -> None:
        """State all in order, soon; does not wait for Redis, nor raise when it is away."""
        if len(self._waiting) >= self._max_waiting:
            self.lost += 1
            metrics.add("statements_lost_total")
            return
        envelopes = tuple(self.envelope(fact, part=part) for fact in facts)
        async with self._news:
            self._waiting.append(_Statement(envelopes, tuple(feed)))
            self._news.notify_all()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Send what is stated inside the block; at its end, for a moment, what is left."""
        async with background(self.run):
            try:
                yield
            finally:
                if not await self.settled(timeout_s=SETTLE_TIMEOUT_S):
                    log.error("outbox.unstated", extra={"waiting": len(self._waiting)})

    async def run(self) -> None:
        """Send what is stated, until cancelled. Must be running for anything to get out."""
        while True:
            async with self._news:
                await self._news.wait_for(lambda: self._waiting)
            await self._send([self._waiting[i] for i in range(min(AT_ONCE, len(self._waiting)))])

    async def settled(self, *, timeout_s: float) -> bool:
        """Wait until nothing waits any more. False: it took too long, the rest is not stated."""
        try:
            async with asyncio.timeout(timeout_s), self._news:
                await self._news.wait_for(lambda: not self._waiting)
        except TimeoutError:
            return False
        return True

    async def _send(self, statements: list[_Statement]) -> None:
        """Feed first: its reader sees the question before any word of the answer."""
        facts = [envelope for statement in statements for envelope in statement.facts]
        feed = [entry for statement in statements for entry in statement.feed]
        try:
            async with asyncio.timeout(TRY_TIMEOUT_S):
                if feed:
                    await self._tell(self.session_id, *feed)
                if facts:
                    await self._publish(*facts)
        except (UnavailableError, TimeoutError):
            if not self.is_behind:
                log.warning("outbox.behind", extra={"waiting": len(self._waiting)})
            self.is_behind = True
            await self._clock.sleep(TRY_AGAIN_S)
            return
        self.is_behind = False
        async with self._news:
            for _ in statements:
                self._waiting.popleft()
            self._news.notify_all()
