"""What the router is told."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import SettingsConfigDict

from providers.settings import ProviderSettings
from runtime.settings import ServiceSettings

OFFLINE_PASSAGES_WAIT_MS: Final = 2_000
PASSAGES_WAIT_MS: Final = 400
SCREEN_WAIT_MS: Final = 5_000
_EMBEDDERS: Final = ("voyageai", "cohere")


class TierSettings(BaseModel):
    """Models of one strength, `provider:model`, in the order they are tried."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(min_length=1, max_length=40)
    models: tuple[str, ...] = Field(min_length=1, max_length=5)


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
        default=(),
        description="Weakest first; JSON in the environment. Not set: what the keys of providers "
        "lead to, and the offline answerer without a key.",
    )
    threshold_ratio: float = Field(
        default=0.8, ge=0, le=1, description="Confidence at which an attempt is accepted."
    )
    max_attempts: int = Field(default=3, ge=1, le=3)
    passages_wait_ms: int | None = Field(
        default=None,
        ge=0,
        le=10_000,
        description="400 with a key of an embedder, else 2,000: the local one shares the cores. "
        "Of a spoken question; a written one waits up to half of the time it has left.",
    )
    screen_wait_ms: int = Field(
        default=SCREEN_WAIT_MS,
        ge=0,
        le=30_000,
        description="Screens are read on this machine, which takes a second or two.",
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
        elsewhere = not self.offline and any(name in self.connections() for name in _EMBEDDERS)
        return PASSAGES_WAIT_MS if elsewhere else OFFLINE_PASSAGES_WAIT_MS
