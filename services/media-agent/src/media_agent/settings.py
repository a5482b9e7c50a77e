from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from runtime.settings import ServiceSettings


class MediaAgentSettings(ServiceSettings):
    """Environment variables MEDIA_AGENT_*, and the shared ones."""

    model_config = SettingsConfigDict(env_prefix="MEDIA_AGENT_", frozen=True, populate_by_name=True)

    gate_mode: Literal["tiles", "phash", "rate"] = Field(
        default="tiles", description="`phash` and `rate` are for comparison."
    )
    fps_busy: float = Field(
        default=30, gt=0, le=120, description="Shown to the gate while one speaks or things move."
    )
    fps_idle: float = Field(default=5, gt=0, le=120, description="Shown to it otherwise.")
    speech_threads: int = Field(default=2, ge=1, le=16, description="Of one transcription.")
    speech_timeout_s: float = Field(
        default=120, gt=0, le=600, description="Of one utterance of at most 20 s, heard or spoken."
    )
    recordings_in_flight: int = Field(
        default=2, ge=1, le=32, description="Recordings played at once by this process."
    )
    turn_wait_s: float = Field(
        default=25, gt=0, le=300, description="At full speed, for an answer: its deadline + 10 s."
    )
    frame_wait_s: float = Field(
        default=10, gt=0, le=300, description="At full speed, for frames to be described."
    )
