from pydantic import Field
from pydantic_settings import SettingsConfigDict

from runtime.settings import ServiceSettings


class VisionWorkerSettings(ServiceSettings):
    """Environment variables VISION_WORKER_*, and the shared ones."""

    model_config = SettingsConfigDict(
        env_prefix="VISION_WORKER_", frozen=True, populate_by_name=True
    )

    ocr_threads: int = Field(default=1, ge=1, le=16, description="Of one reading; one at a time.")
    ocr_niceness: int = Field(
        default=10, ge=0, le=19, description="Of reading alone: speech goes first on a small host."
    )
    read_timeout_s: float = Field(
        default=60, gt=0, le=600, description="Of one frame; a dense one takes 5 s of CPU."
    )
