"""What the router is told."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import SettingsConfigDict

from providers.settings import ProviderSettings
from runtime.settings import ServiceSettings

PASSAGES_WAIT_MS: Final = 2_000
"""The local embedder shares the cores; a hosted one, and a reranker, may take a second each."""
SCREEN_WAIT_MS: Final = 5_000


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
    passages_wait_ms: int = Field(
        default=PASSAGES_WAIT_MS,
        ge=0,
        le=10_000,
        description="Of a spoken question; a written one waits up to half of the time it has left.",
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
