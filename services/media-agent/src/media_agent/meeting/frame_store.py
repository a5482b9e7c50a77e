"""The kept frames of a meeting: each in the store before it is stated."""

from collections import deque
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from contracts.conversation import Screen
from contracts.ids import FrameId, SessionId, TenantId
from contracts.media import BlobRef, FrameKept, FramesSampled
from media_agent.domain.frame_sampler import Counted, KeptFrame
from media_agent.domain.frames import Kept
from media_agent.ports import EncodeFrame, Pictures
from runtime.ids import derive_id

REMEMBERED: Final = 10


@dataclass(frozen=True, eq=False)
class EncodedFrame:
    """A kept frame as it goes out."""

    kept: Kept
    jpeg: bytes
    width: int
    height: int


def encoded_frame(found: KeptFrame, encode: EncodeFrame) -> EncodedFrame:
    """Develop it; blocks as `encode` does."""
    return EncodedFrame(found.kept, encode(found.frame), found.frame.width, found.frame.height)


def sampled(counted: Counted) -> FramesSampled:
    """The count as a fact."""
    return FramesSampled(
        from_ms=counted.from_ms,
        to_ms=counted.to_ms,
        seen=counted.seen,
        kept=counted.kept,
        by_reason=counted.by_reason,
    )


class FrameStore:
    """What was kept. Ids of frames follow from `origin` and their time."""

    def __init__(
        self, pictures: Pictures, tenant_id: TenantId, session_id: SessionId, *, origin: UUID
    ) -> None:
        self._pictures, self._origin = pictures, origin
        self._tenant_id, self._session_id = tenant_id, session_id
        self._newest: Screen | None = None
        self._stored: deque[FrameKept] = deque(maxlen=REMEMBERED)

    @property
    def newest(self) -> Screen | None:
        """The frame kept last."""
        return self._newest

    async def add(self, encoded: EncodedFrame) -> FrameKept:
        """Store the picture; to be stated by the caller.

        Raises:
            UnavailableError: the store does not answer.
        """
        picture = await self.store(encoded.jpeg)
        before, screen = self._newest, self._turned_to(encoded)
        kept = FrameKept(
            frame_id=screen.frame_id,
            shown_at_ms=screen.shown_at_ms,
            reason=encoded.kept.reason,
            distance=encoded.kept.distance,
            picture=picture,
            width=encoded.width,
            height=encoded.height,
            changed=encoded.kept.changed,
            previous_frame_id=None if before is None else before.frame_id,
        )
        self._stored.append(kept)
        return kept

    async def store(self, jpeg: bytes) -> BlobRef:
        """Store the bytes of a picture; again: they live on.

        Raises:
            UnavailableError: the store does not answer.
        """
        return await self._pictures.put(
            jpeg,
            media_type="image/jpeg",
            tenant_id=self._tenant_id,
            session_id=self._session_id,
        )

    def skip(self, encoded: EncodedFrame) -> None:
        """Take it as stored and stated: by an earlier owner of the meeting."""
        self._turned_to(encoded)

    def showing(self, t_ms: int) -> FrameKept | None:
        """The newest stored here that is not younger."""
        return next((kept for kept in reversed(self._stored) if kept.shown_at_ms <= t_ms), None)

    def _turned_to(self, encoded: EncodedFrame) -> Screen:
        t_ms = encoded.kept.t_ms
        frame_id = FrameId(derive_id(self._origin, "media-agent", "frame", str(t_ms)))
        self._newest = Screen(frame_id=frame_id, shown_at_ms=t_ms)
        return self._newest
