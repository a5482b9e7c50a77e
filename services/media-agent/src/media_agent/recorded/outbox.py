"""What happens in a recorded meeting, stated in the name of the delivery that brought it."""

from collections.abc import Callable, Sequence

from contracts.errors import RejectedError
from contracts.fact import Envelope, Fact
from contracts.feed import FeedEntry
from contracts.ids import EventId, SessionId, TenantId
from contracts.sessions import RecordingUploaded
from runtime.bus import Delivery


class RecordingOutbox:
    """Implements ports.outbox.Outbox; notes with each statement how far the recording came.

    What an earlier owner of the recording noted is not stated again.
    """

    def __init__(
        self,
        event: Envelope[RecordingUploaded],
        delivery: Delivery,
        position_ms: Callable[[], int],
    ) -> None:
        """`position_ms`: how far the recording is played.

        Raises:
            RejectedError: the recording belongs to no session.
        """
        if event.session_id is None:
            raise RejectedError("a recording belongs to a session", code="no_session")
        self.tenant_id: TenantId = event.tenant_id
        self.session_id: SessionId = event.session_id
        self._delivery, self._position_ms = delivery, position_ms
        self._noted_ms = delivery.noted_ms
        self.holds_back_at_ms: int | None = None
        """Something from here is not stated yet: whoever takes over begins here."""

    @property
    def is_noted(self) -> bool:
        """Did an earlier owner state what happens now?"""
        return self._noted_ms is not None and self._position_ms() < self._noted_ms

    def id_of(self, fact: Fact) -> EventId:
        return self._delivery.id_of(fact)

    async def state(self, *facts: Fact, feed: Sequence[FeedEntry] = ()) -> None:
        if not self.is_noted:
            await self._delivery.state(*facts, feed=feed, noted_ms=self._note_ms())

    def _note_ms(self) -> int:
        position_ms = self._position_ms()
        held_ms = self.holds_back_at_ms
        return position_ms if held_ms is None else min(position_ms, held_ms)
