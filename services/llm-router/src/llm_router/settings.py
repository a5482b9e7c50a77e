"""What the router is told."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import SettingsConfigDict

from providers.settings import ProviderSettings
from runtime.settings import ServiceSettings

OFFLINE_PASSAGES_WAIT_MS: Final = 2_000
PASSAGES_WAIT_MS: Final = 400
OFFLINE_SCREEN_WAIT_MS: Final = 5_000
SCREEN_WAIT_MS: Final = 1_500


class TierSettings(BaseModel):
    """Models of one strength, `provider:model`, in the order they are tried."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(min_length=1, max_length=40)
    models: tuple[str, ...] = Field(min_length=1, max_length=5)


OFFLINE_TIERS: Final = (TierSettings(name="offline", models=("local:extractive-minilm",)),)


# Pydantic merges the configurations of both; their types differ.
class LlmRouterSettings(ServiceSettings, ProviderSettings):  # pyright: ignore[reportIncompatibleVariableOverride]
    """Environment variables LLM_ROUTER_*, the shared ones, and the providers' own."""

    model_config = SettingsConfigDict(env_prefix="LLM_ROUTER_", frozen=True, populate_by_name=True)

    rag_url: str = Field(
        default="http://127.0.0.1:8104",
        pattern=r"^https?://",
        description="For looking up what the screen shows; needs SERVICE_TOKEN.",
    )
    tiers: tuple[TierSettings, ...] = Field(
        default=OFFLINE_TIERS, min_length=1, description="Weakest first; JSON in the environment."
    )
    threshold_ratio: float = Field(
        default=0.8, ge=0, le=1, description="Confidence at which an attempt is accepted."
    )
    max_attempts: int = Field(default=3, ge=1, le=3)
    passages_wait_ms: int | None = Field(
        default=None,
        ge=0,
        le=10_000,
        description="400, or 2,000 offline: the local embedder shares the cores. Of a spoken "
        "question; a written one waits up to half of the time it has left.",
    )
    screen_wait_ms: int | None = Field(
        default=None,
        ge=0,
        le=30_000,
        description="1,500, or 5,000 offline: OCR takes a second or two.",
    )
    keep_ms: int = Field(
        default=2_000, ge=0, le=10_000, description="Of the deadline, for asking and concluding."
    )
    voice_deadline_s: float = Field(default=8, gt=0, le=60)
    chat_deadline_s: float = Field(default=60, gt=0, le=600)
    patient_deadline_s: float = Field(
        default=15, gt=0, le=60, description="Of a spoken turn whose wait nobody hears."
    )
    max_waiting: int = Field(default=5, ge=1, le=100, description="Chat turns behind another.")
    in_flight: int = Field(default=16, ge=1, le=200, description="Turns in work in this process.")

    @property
    def passages_wait(self) -> int:
        """Milliseconds."""
        if self.passages_wait_ms is not None:
            return self.passages_wait_ms
        return OFFLINE_PASSAGES_WAIT_MS if self.offline else PASSAGES_WAIT_MS

    @property
    def screen_wait(self) -> int:
        """Milliseconds."""
        if self.screen_wait_ms is not None:
            return self.screen_wait_ms
        return OFFLINE_SCREEN_WAIT_MS if self.offline else SCREEN_WAIT_MS
