"""What a service is told: one frozen class per service, read once, in its `main.py`."""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from contracts.errors import ServiceError
from contracts.tenants import ModelRateChange, Plan


class InvalidSettingsError(ServiceError):
    """Environment variables are missing or wrong; the message names each."""

    code = "invalid_settings"


class ServiceSettings(BaseSettings):
    """The names that services share, without a prefix; each service adds its own with one.

    A subclass sets `model_config = SettingsConfigDict(env_prefix="RAG_", frozen=True)`; the fields
    here keep their unprefixed names through `validation_alias`. A variable that is empty counts as
    not set.
    """

    model_config = SettingsConfigDict(
        frozen=True, populate_by_name=True, extra="ignore", env_ignore_empty=True
    )

    redis_url: str = Field(validation_alias="REDIS_URL", pattern=r"^(redis|rediss|unix)://")
    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    files_dir: Path = Field(
        validation_alias="FILES_DIR", description="Durable files: originals, spoken answers."
    )
    cache_dir: Path | None = Field(
        default=None,
        validation_alias="CACHE_DIR",
        description="Files that can be made again, such as unpacked weights.",
    )
    host: str = Field(default="127.0.0.1", validation_alias="HOST")
    port: int = Field(
        default=0, ge=0, le=65535, validation_alias="PORT", description="HTTP; 0 picks a free one."
    )
    stream_shards: int = Field(
        default=1, ge=1, le=64, validation_alias="STREAM_SHARDS", description="The same everywhere."
    )
    offline: bool = Field(
        default=False,
        validation_alias="OFFLINE",
        description="Local models only, whatever keys of providers are there.",
    )
    service_token: SecretStr | None = Field(
        default=None, validation_alias="SERVICE_TOKEN", description="Between services over HTTP."
    )
    livekit_url: str | None = Field(
        default=None,
        validation_alias="LIVEKIT_URL",
        pattern=r"^wss?://",
        description="Server of live meetings, own or cloud; without it there are none.",
    )
    livekit_api_key: str | None = Field(default=None, validation_alias="LIVEKIT_API_KEY")
    livekit_api_secret: SecretStr | None = Field(
        default=None, validation_alias="LIVEKIT_API_SECRET"
    )
    model_rates: dict[Plan, ModelRateChange] = Field(
        default_factory=dict[Plan, ModelRateChange],
        validation_alias="MODEL_RATES",
        description="Requests and tokens a minute of hosted models by plan, where they are not the "
        'plan\'s own; JSON, as {"free": {"requests": 60, "tokens": 40000}}.',
    )
    drain_s: float = Field(
        default=20, gt=0, le=3600, validation_alias="DRAIN_S", description="After SIGTERM."
    )
    max_deliveries: int = Field(default=5, ge=1, le=100, validation_alias="MAX_DELIVERIES")
    log_level: str = Field(
        default="INFO", validation_alias="LOG_LEVEL", pattern="^(DEBUG|INFO|WARNING|ERROR)$"
    )
    port_file: Path | None = Field(
        default=None,
        validation_alias="PORT_FILE",
        description="Where the port that was bound is written, for whoever asked for port 0.",
    )


_from_environment: dict[str, Any] = {}

SettingsT = TypeVar("SettingsT", bound=ServiceSettings)


def read_settings(cls: type[SettingsT]) -> SettingsT:
    """Read the environment.

    Raises:
        InvalidSettingsError: one line per wrong or missing variable, without its value.
    """
    try:
        return cls(**_from_environment)
    except SettingsError as error:
        # "error parsing value for field "tiers" from source …": it does not say the variable.
        field = next((name for name in cls.model_fields if f'"{name}"' in str(error)), "")
        variable = names_of(cls, field)[0] if field else "a variable"
        raise InvalidSettingsError(f"{variable}: must be JSON") from None
    except ValidationError as error:
        problems = [
            f"{variable_of(cls, str(row['loc'][0]))}: {row['msg']}"
            for row in error.errors(include_input=False, include_url=False)
        ]
        raise InvalidSettingsError("; ".join(problems)) from None


def variable_of(cls: type[ServiceSettings], where: str) -> str:
    """The variable at which a validation error points: it names a field, or its alias."""
    return names_of(cls, where)[0] if where in cls.model_fields else where.upper()


def names_of(cls: type[BaseSettings], field: str) -> tuple[str, ...]:
    """The environment variables that a field is read from; the first that is set wins."""
    match cls.model_fields[field].validation_alias:
        case str() as alias:
            return (alias,)
        case AliasChoices(choices=choices):
            return tuple(str(choice) for choice in choices)
        case _:
            return (f"{cls.model_config.get('env_prefix', '')}{field}".upper(),)


def required(value: SecretStr | None, variable: str) -> str:
    """The text of a setting that this service cannot do without.

    Raises:
        InvalidSettingsError: it is not set.
    """
    if value is None or not value.get_secret_value():
        raise InvalidSettingsError(f"{variable}: must be set for this service")
    return value.get_secret_value()
