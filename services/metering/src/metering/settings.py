from pydantic import Field
from pydantic_settings import SettingsConfigDict

from runtime.settings import ServiceSettings


class MeteringSettings(ServiceSettings):
    """Environment variables METERING_*, and the shared ones."""

    model_config = SettingsConfigDict(env_prefix="METERING_", frozen=True, populate_by_name=True)

    batch_size: int = Field(default=500, ge=1, le=500)
    sweep_every_s: float = Field(default=5.0, gt=0, le=300)
    reconcile_every_s: float = Field(default=120.0, gt=0, le=3600)
    check_sums_every_s: float = Field(default=600.0, gt=0, le=86_400)
