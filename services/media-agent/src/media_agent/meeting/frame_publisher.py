"""Stored frames, stated and shown on the feed; how many were seen, counted."""

from contracts.feed import Framed
from contracts.media import FrameKept, FramesSampled
from media_agent.domain.gate.frame_sampler import SamplingCounts
from media_agent.ports.outbox import Outbox
from runtime.telemetry import metrics


class FramePublisher:
    """Of one meeting."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def publish(self, kept: FrameKept) -> None:
        """State a frame that is stored."""
        entry = Framed(event_id=self._outbox.id_of(kept), frame=kept)
        await self._outbox.state(kept, feed=[entry])
        metrics.add("frames_total", outcome="kept")

    async def count(self, counts: SamplingCounts) -> None:
        """State how many frames came, and how many were kept."""
        await self._outbox.state(
            FramesSampled(
                from_ms=counts.from_ms,
                to_ms=counts.to_ms,
                seen=counts.seen,
                kept=counts.kept,
                by_reason=counts.by_reason,
            )
        )
        metrics.add("frames_total", counts.seen, outcome="seen")
