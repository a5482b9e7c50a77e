from pydantic import Field
from pydantic_settings import SettingsConfigDict

from providers.settings import ProviderSettings
from runtime.settings import ServiceSettings


# Pydantic merges the configurations of both; their types differ.
class VisionWorkerSettings(ServiceSettings, ProviderSettings):  # pyright: ignore[reportIncompatibleVariableOverride]
    """Environment variables VISION_WORKER_*, the shared ones, and the providers' own."""

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
    model: str = Field(
        default="",
        pattern=r"^$|^[a-z-]+:\S+$",
        description="Who describes frames, as PROVIDER:MODEL; empty: those of the keys that are "
        "set. None is described without a key, or where a tenant's `describe` is `lazy`.",
    )
    describe_timeout_s: float = Field(
        default=8,
        gt=0,
        le=60,
        description="Of one frame's description; past it the frame is stated by its text alone.",
    )
