"""What the gateway reads from its environment."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from runtime.settings import ServiceSettings


class GatewaySettings(ServiceSettings):
    """Environment variables GATEWAY_*, and the shared ones."""

    model_config = SettingsConfigDict(
        env_prefix="GATEWAY_", frozen=True, populate_by_name=True, extra="ignore"
    )

    rag_url: str = Field(
        default="http://127.0.0.1:8104",
        pattern=r"^https?://",
        description="rag's own HTTP.",
    )
    rag_token: SecretStr | None = Field(
        default=None, description="What rag knows as its SERVICE_TOKEN; None: the same as ours."
    )
    search_timeout_s: float = Field(default=5.0, gt=0, le=60)
    max_recording_bytes: int = Field(default=2 * 10**9, ge=1_000)
    max_document_bytes: int = Field(default=50 * 10**6, ge=1_000)
    max_upload_bytes: int = Field(default=200 * 10**6, ge=1_000, description="All files of one.")
    max_uploads: int = Field(default=96, ge=1, description="Taken at once, in this process.")
    max_tenant_uploads: int = Field(default=32, ge=1, description="Of those, of one tenant.")
    upload_timeout_s: float = Field(
        default=3_600, gt=0, le=86_400, description="For the whole body of an upload."
    )
    upload_least_bytes_per_s: int = Field(
        default=1_000, ge=1, description="An upload that is slower for `answer_within_s` ends."
    )
    max_streams: int = Field(default=500, ge=1)
    max_tenant_streams: int = Field(
        default=500, ge=1, description="In this process; a tier may allow less."
    )
    keep_alive_s: float = Field(default=15.0, gt=0, le=300)
    recheck_key_s: float = Field(
        default=2.0, gt=0, le=60, description="How often an open event stream's key is asked for."
    )
    idle_every_s: float = Field(default=30.0, gt=0, le=3_600)
    forget_every_s: float = Field(
        default=30.0, gt=0, le=86_400, description="Sessions that were kept long enough."
    )
    originals_every_s: float = Field(
        default=60.0, gt=0, le=86_400, description="Uploaded files that no document names."
    )
    orphaned_after_s: float = Field(
        default=900.0, ge=60, le=86_400, description="Since such a file was written."
    )
    answer_within_s: float = Field(
        default=30.0, gt=0, le=600, description="A request of JSON, from its headers on."
    )
    cors_origins: tuple[str, ...] = Field(
        default=(), description="JSON list of origins whose pages may call with a key."
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/?#@\s]+$",
        description="Where people's browsers find this gateway, such as https://parley.example; "
        "without it links name the address that it listens on.",
    )
    livekit_public_url: str | None = Field(
        default=None,
        pattern=r"^wss?://",
        description="Where browsers find LiveKit; LIVEKIT_URL where it is the same.",
    )
    supervision_file: Path | None = Field(
        default=None,
        description="Where `parley up` says which of its processes do not run well.",
    )
    webhooks_every_s: float = Field(
        default=1.0, gt=0, le=3_600, description="How often webhooks that are due are looked for."
    )
    webhook_private_addresses: bool = Field(
        default=False,
        description="Tenants' webhooks may be http, and hosts of private networks.",
    )
    sweep_every_s: float = Field(default=5.0, gt=0, le=3_600)
    restate_after_s: float = Field(default=10.0, ge=0, le=3_600)
    page_secret: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Signs the page's cookies; without it they end with the process.",
    )
    page_code: SecretStr | None = Field(
        default=None, min_length=16, description="Opens the page, from this machine only."
    )
    page_key_hash: str | None = Field(
        default=None,
        pattern="^[0-9a-f]{64}$",
        description="SHA-256 of the key that the code stands for.",
    )
