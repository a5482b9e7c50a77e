"""What the media agent is made of.

A package, and not one file, because of what is imported when: the process that the jobs of live
meetings are forked from is begun before anything heavy is imported, and imports beside the rest.
"""

from typing import TYPE_CHECKING

from media_agent.adapters.livekit.job_processes import begin_jobs

if TYPE_CHECKING:  # imported for good below, once the jobs are begun
    from media_agent.settings import MediaAgentSettings
    from runtime.clock import Clock
    from runtime.service import Service


def build(settings: "MediaAgentSettings", clock: "Clock") -> "Service":
    """Everything; what jobs are forked from is begun first.

    Raises:
        RejectedError: a speech provider's model has no price.
    """
    if settings.livekit_url is not None:
        begin_jobs()
    from media_agent.main.service import make_service  # noqa: PLC0415

    return make_service(settings, clock)
