from typing import Any, Final, Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from providers.catalogue import BY_NAME
from runtime.settings import ServiceSettings

LOCAL_SPEECH: Final = "local"
EARS: Final = ("deepgram", LOCAL_SPEECH)
VOICES: Final = ("elevenlabs", "cartesia", "rime", LOCAL_SPEECH)
"""Rime is the premium voice unless it is named here."""


def _key_of(provider: str) -> str:
    return f"{provider}_api_key"


def _key(provider: str) -> Any:
    """Under every name that people use."""
    return Field(default=None, validation_alias=AliasChoices(*BY_NAME[provider].key_variables))


class SpeechSettings(ServiceSettings):
    """Who hears and speaks in live meetings. A key switches its provider on.

    Orders are names with commas: the first is asked, the next when it fails.
    """

    deepgram_api_key: SecretStr | None = _key("deepgram")
    elevenlabs_api_key: SecretStr | None = _key("elevenlabs")
    cartesia_api_key: SecretStr | None = _key("cartesia")
    rime_api_key: SecretStr | None = _key("rime")
    stt: str = Field(
        default="", description="Order, as `deepgram,local`; empty: whose key is set, then local."
    )
    tts: str = Field(
        default="", description="Order, as `elevenlabs,cartesia,local`; empty: as above."
    )
    premium_voice: Literal["", "rime"] = Field(
        default="",
        description="Asked first for tenants whose plan has it; empty: rime where its key is set.",
    )
    deepgram_model: str = Field(default="nova-3", description="`nova-2` as well.")
    deepgram_url: str = Field(default=BY_NAME["deepgram"].url, pattern=r"^(http|ws)s?://")
    elevenlabs_model: str = Field(default="eleven_flash_v2_5")
    elevenlabs_voice: str = Field(default="hpp4J3VqNfWAUOO0d1Us", description="Voice id.")
    elevenlabs_url: str = Field(default=BY_NAME["elevenlabs"].url, pattern=r"^https?://")
    cartesia_model: str = Field(default="sonic-3")
    cartesia_voice: str = Field(
        default="f786b574-daa5-4673-aa0c-cbe3e8534c02", description="Voice id."
    )
    cartesia_url: str = Field(default=BY_NAME["cartesia"].url, pattern=r"^https?://")
    rime_model: str = Field(default="coda", description="`mistv3` as well.")
    rime_voice: str = Field(default="lyra", description="Speaker.")
    rime_url: str = Field(
        default=BY_NAME["rime"].url,
        pattern=r"^(http|ws)s?://",
        description="A ws address speaks Rime's streaming protocol.",
    )

    @field_validator("stt", "tts", "premium_voice")
    @classmethod
    def _can_be_had(cls, order: str, info: ValidationInfo) -> str:
        """Every name is known, stands once and has its key."""
        known = EARS if info.field_name == "stt" else VOICES
        names = _names(order)
        for name in names:
            if name not in known:
                raise ValueError(f"{name!r} is none of {', '.join(known)}")
            if name != LOCAL_SPEECH and not info.data.get(_key_of(name)):
                raise ValueError(f"{name} needs {BY_NAME[name].key_variables[0]}")
        if len(set(names)) < len(names):
            raise ValueError("a name stands there twice")
        return order

    @property
    def stt_order(self) -> tuple[str, ...]:
        """In order; at least one."""
        return _names(self.stt) or (*self._with_key("deepgram"), LOCAL_SPEECH)

    @property
    def tts_order(self) -> tuple[str, ...]:
        """In order; at least one."""
        return _names(self.tts) or (*self._with_key("elevenlabs", "cartesia"), LOCAL_SPEECH)

    @property
    def premium_tts_order(self) -> tuple[str, ...]:
        """In order, for tenants whose plan has the premium voice."""
        first = _names(self.premium_voice) or self._with_key("rime")
        return (*first, *(name for name in self.tts_order if name not in first))

    def speech_model(self, provider: str) -> str:
        """Of a provider other than local."""
        return str(getattr(self, f"{provider}_model"))

    def speech_key(self, provider: str) -> str:
        """Of a provider other than local that stands in an order."""
        secret: SecretStr | None = getattr(self, _key_of(provider))
        assert secret is not None, "no provider is let through without its key"
        return secret.get_secret_value()

    def _with_key(self, *names: str) -> tuple[str, ...]:
        return tuple(name for name in names if getattr(self, _key_of(name)))


def _names(order: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in order.split(",") if name.strip())


class MediaAgentSettings(SpeechSettings):
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
    max_rooms: int = Field(
        default=10, ge=1, le=200, description="Live meetings at once; more are declined."
    )
    idle_jobs: int = Field(
        default=1, ge=1, le=16, description="Processes that wait for a live meeting, 45 MB each."
    )
    filler_after_ms: int = Field(
        default=900, ge=100, le=10_000, description="Silence before a short sentence fills it."
    )
