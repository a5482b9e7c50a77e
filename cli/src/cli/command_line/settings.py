"""The settings of the command itself, from the environment."""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from cli.command_line.errors import CliError, missing
from providers.connections import Connection
from providers.settings import ProviderSettings


class CliSettings(BaseSettings):
    """PARLEY_* and the addresses that win over the embedded servers."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    url: str | None = Field(default=None, validation_alias="PARLEY_URL")
    api_key: SecretStr | None = Field(default=None, validation_alias="PARLEY_API_KEY")
    env_file: Path | None = Field(
        default=None,
        validation_alias="PARLEY_ENV_FILE",
        description="Read for `.env`, before these are: see env_file.py.",
    )
    data_dir: Path | None = Field(default=None, validation_alias="PARLEY_DATA_DIR")
    secret: SecretStr | None = Field(
        default=None,
        validation_alias="PARLEY_SECRET",
        description="From which the services' passwords are derived; else kept in the data dir.",
    )
    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    redis_url: str | None = Field(
        default=None, validation_alias="REDIS_URL", pattern=r"^(redis|rediss|unix)://"
    )
    redis_max_memory_mb: int | None = Field(
        default=None,
        ge=16,
        validation_alias="PARLEY_REDIS_MAX_MEMORY_MB",
        description="Of the embedded Valkey, 10^6 bytes each; else a quarter of the machine's.",
    )
    livekit_url: str | None = Field(
        default=None, validation_alias="LIVEKIT_URL", pattern=r"^wss?://"
    )
    livekit_api_key: str | None = Field(default=None, validation_alias="LIVEKIT_API_KEY")
    livekit_api_secret: SecretStr | None = Field(
        default=None, validation_alias="LIVEKIT_API_SECRET"
    )
    offline: bool = Field(default=False, validation_alias="OFFLINE")
    stream_shards: int = Field(default=1, ge=1, le=64, validation_alias="STREAM_SHARDS")


@cache
def cli_settings() -> CliSettings:
    """Read once.

    Raises:
        CliError: 4, a variable holds what it cannot; its value is not repeated.
    """
    try:
        return CliSettings()
    except ValidationError as error:
        raise _invalid(error) from error


def given_providers() -> Mapping[str, Connection]:
    """Those that a key (a server of one's own: an address) switches on; none where OFFLINE is set.

    Raises:
        CliError: 4, an address is none.
    """
    environment = os.environ  # noqa: TID251 - as the services are about to get it
    if cli_settings().offline:
        return {}
    try:
        return ProviderSettings.of(environment).connections()
    except ValidationError as error:
        raise _invalid(error) from error


def _invalid(error: ValidationError) -> CliError:
    wrong = error.errors(include_input=False, include_url=False)[0]
    return missing(
        "invalid_settings",
        f"The environment variable {wrong['loc'][0]} is wrong: {wrong['msg']}.",
        "Correct or unset it.",
    )
