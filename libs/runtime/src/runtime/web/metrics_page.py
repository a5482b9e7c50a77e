"""What `/metrics` answers, made beside the event loop."""

import asyncio

from prometheus_client import generate_latest

from runtime.telemetry import Metrics


class MetricsPage:
    """Rendered in a thread, one at a time: whoever asks meanwhile gets the same text."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._rendering: asyncio.Future[bytes] | None = None

    async def text(self) -> bytes:
        """In Prometheus' text format."""
        if self._rendering is None or self._rendering.done():
            self._rendering = asyncio.ensure_future(
                asyncio.to_thread(generate_latest, self._metrics)
            )
        # A scraper that goes away leaves the others theirs.
        return await asyncio.shield(self._rendering)
