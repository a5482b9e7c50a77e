"""What people think of answers."""

from collections.abc import Sequence
from typing import Protocol

from contracts.conversation import FeedbackGiven
from contracts.fact import Envelope
from contracts.http import Feedback
from contracts.ids import SessionId, TenantId, TurnId


class FeedbackStore(Protocol):
    """What people think of answers."""

    async def put(self, event: Envelope[FeedbackGiven]) -> None:
        """Save it, in place of an earlier one on this turn."""
        ...

    async def find(
        self, tenant_id: TenantId, session_id: SessionId, turn_id: TurnId
    ) -> Feedback | None: ...

    async def of_turns(self, tenant_id: TenantId, turn_ids: Sequence[TurnId]) -> Sequence[Feedback]:
        """What was thought of these answers, at most one for each."""
        ...
