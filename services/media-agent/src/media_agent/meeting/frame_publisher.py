"""Stored frames, stated and shown on the feed; how many were seen, counted."""

from collections.abc import Iterable

from prometheus_client.samples import Sample

from contracts.feed import Framed
from contracts.media import FrameKept, FramesSampled
from contracts.metrics import TENANT
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
        metrics.add("frame_processing_total", tenant_id=self._outbox.tenant_id, action="kept")

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
        metrics.add(
            "frame_processing_total", counts.seen, tenant_id=self._outbox.tenant_id, action="seen"
        )


def deduplication_rates(samples: Iterable[Sample]) -> dict[str, float]:
    """By tenant: which share of the frames seen was not kept, from `frame_processing_total`."""
    counts: dict[str, dict[str, float]] = {}
    for sample in samples:
        if sample.name == "frame_processing_total":
            counts.setdefault(sample.labels[TENANT], {})[sample.labels["action"]] = sample.value
    # A frame is counted as kept at once, as seen some seconds later.
    return {
        tenant_id: max(0.0, 1 - by_action.get("kept", 0) / by_action["seen"])
        for tenant_id, by_action in counts.items()
        if by_action.get("seen")
    }
