"""What is seen of a shared screen."""

from collections.abc import Callable
from typing import Protocol

from contracts.conversation import Screen
from contracts.ids import SessionId, TenantId
from contracts.media import BlobRef
from media_agent.domain.gate.frames import Frame

EncodeFrame = Callable[[Frame], bytes]
"""JPEG, full range; blocks for some milliseconds."""


class PictureStore(Protocol):
    """Kept frames, for a while."""

    async def put(
        self, data: bytes, *, media_type: str, tenant_id: TenantId, session_id: SessionId
    ) -> BlobRef:
        """Store.

        Raises:
            UnavailableError: the store does not answer.
        """
        ...

    async def name(self, key: str) -> None:
        """A turn asks about it: it is never shed.

        Raises:
            UnavailableError: the store does not answer.
        """
        ...


class ScreenWatcher(Protocol):
    """Watches the screen that is shared in a live meeting."""

    def save(self, saves: bool) -> None:
        """Keep few frames, for the budget, or as many as ever."""
        ...

    def speaking(self, is_speaking: bool) -> None:
        """Somebody speaks, or all are silent: the faster people talk, the closer one looks."""
        ...

    async def screen(self, at_ms: int) -> Screen | None:
        """The frame that a question is about which ended then; None where nothing is shared."""
        ...
