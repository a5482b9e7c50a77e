"""The kept frames of a meeting: each in the store before it is stated."""

from collections import deque
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from contracts.conversation import Screen
from contracts.ids import FrameId
from contracts.media import BlobRef, FrameKept
from media_agent.domain.gate.frame_sampler import SelectedFrame
from media_agent.domain.gate.frames import GateDecision
from media_agent.ports.outbox import Outbox
from media_agent.ports.screen import EncodeFrame, PictureStore
from runtime.ids import derive_id

REMEMBERED: Final = 10


@dataclass(frozen=True, eq=False)
class EncodedFrame:
    """A kept frame as it goes out."""

    decision: GateDecision
    jpeg: bytes
    width: int
    height: int


def encode_frame(selected: SelectedFrame, encode: EncodeFrame) -> EncodedFrame:
    """Blocks as `encode` does."""
    frame = selected.frame
    return EncodedFrame(selected.decision, encode(frame), frame.width, frame.height)


class FrameStore:
    """What was kept. Ids of frames follow from `origin` and their time."""

    def __init__(self, pictures: PictureStore, outbox: Outbox, *, origin: UUID) -> None:
        """`outbox` says whose session it is."""
        self._pictures, self._origin = pictures, origin
        self._tenant_id, self._session_id = outbox.tenant_id, outbox.session_id
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
        before, screen = self._newest, self._advance(encoded)
        kept = FrameKept(
            frame_id=screen.frame_id,
            shown_at_ms=screen.shown_at_ms,
            reason=encoded.decision.reason,
            distance=encoded.decision.distance,
            picture=picture,
            width=encoded.width,
            height=encoded.height,
            changed=encoded.decision.changed,
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
        self._advance(encoded)

    async def name(self, kept: FrameKept) -> None:
        """A turn asks about it: it is never shed.

        Raises:
            UnavailableError: the store does not answer.
        """
        await self._pictures.name(kept.picture.key)

    def showing(self, t_ms: int) -> FrameKept | None:
        """The newest stored here that is not younger."""
        return next((kept for kept in reversed(self._stored) if kept.shown_at_ms <= t_ms), None)

    def _advance(self, encoded: EncodedFrame) -> Screen:
        t_ms = encoded.decision.t_ms
        frame_id = FrameId(derive_id(self._origin, "media-agent", "frame", str(t_ms)))
        self._newest = Screen(frame_id=frame_id, shown_at_ms=t_ms)
        return self._newest
