from media_agent.handlers.recordings import Stage, on_recording_given_up, on_recording_uploaded

__all__ = ["Stage", "on_recording_given_up", "on_recording_uploaded"]
