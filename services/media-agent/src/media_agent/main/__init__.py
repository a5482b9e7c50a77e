"""What the media agent is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from media_agent.adapters.livekit.job_processes import begin_jobs

if TYPE_CHECKING:
    from media_agent.settings import MediaAgentSettings
    from runtime.clock import Clock
    from runtime.service import Service


def build(settings: MediaAgentSettings, clock: Clock) -> Service:
    """Everything; what jobs are forked from is begun first, and imports beside the rest.

    Raises:
        RejectedError: a speech provider's model has no price.
    """
    if settings.livekit_url is not None:
        begin_jobs()
    from media_agent.main.service import make_service  # noqa: PLC0415

    return make_service(settings, clock)
