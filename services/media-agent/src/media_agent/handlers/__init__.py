from media_agent.handlers.recordings import (
    RecordingDeps,
    on_recording_given_up,
    on_recording_uploaded,
)

__all__ = ["RecordingDeps", "on_recording_given_up", "on_recording_uploaded"]
