"""LiveKit's webhooks: taken at once, worked on later, never relied on alone."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Final

from contracts.errors import UnavailableError
from gateway.domain.rooms import RoomEvent
from gateway.ports.rooms import LiveRooms
from gateway.services.meetings.room_repairs import RoomRepairs, dispatch_at_once
from runtime.telemetry import metrics, without_text

log = logging.getLogger(__name__)
QUEUE_SIZE: Final = 1_000


@dataclass(frozen=True)
class WebhookService:
    """LiveKit drops what is not answered in time, in order: so nothing is done before the answer.

    What is lost here, in a crash or when too much comes at once, the reconciler finds.
    """

    live: LiveRooms
    repairs: RoomRepairs
    queue: asyncio.Queue[RoomEvent] = field(
        default_factory=lambda: asyncio.Queue[RoomEvent](QUEUE_SIZE)
    )

    def require_signature(self, signature: str) -> None:
        """Raises RejectedError("unauthorized") for what LiveKit did not sign."""
        self.live.require_signature(signature)

    def take(self, body: bytes, signature: str) -> None:
        """Raises RejectedError("unauthorized") for what LiveKit did not sign."""
        event = self.live.event_of(body, signature)
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            metrics.add("webhooks_total", outcome="dropped")

    async def run(self) -> None:
        """For ever."""
        while True:
            await self.handle(await self.queue.get())

    async def handle(self, event: RoomEvent) -> None:
        """Each event once; whatever one does, the next is worked on."""
        try:
            outcome = await self._outcome(event)
        except UnavailableError as error:
            log.warning("webhook.not_used", extra={"code": error.code})
            outcome = "failed"
        except Exception as error:
            log.exception("webhook.broke", exc_info=without_text(error))
            outcome = "failed"
        metrics.add("webhooks_total", outcome=outcome)

    async def _outcome(self, event: RoomEvent) -> str:
        if not await self.repairs.registry.is_new_event(event.event_id):
            return "repeated"
        if event.kind == "participant_joined" and event.by_person:
            await dispatch_at_once(self.repairs, event.room)
            return "joined"
        if event.kind == "room_finished":
            # The session stays open: people may come back, or go on in writing.
            log.info("room.finished", extra={"room": event.room})
            return "finished"
        return "ignored"
