from vision_worker.handlers.captioning import Captioning
from vision_worker.handlers.frames import (
    Arrange,
    on_frame_expired,
    on_frame_given_up,
    on_frame_kept,
)

__all__ = ["Arrange", "Captioning", "on_frame_expired", "on_frame_given_up", "on_frame_kept"]
