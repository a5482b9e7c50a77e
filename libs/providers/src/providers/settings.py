"""Keys and addresses of providers, read from the environment under every name people use."""

from collections.abc import Mapping
from decimal import Decimal
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr

from providers.catalogue import BY_NAME, PROVIDERS
from providers.connections import Connection

OWN_SERVER: Final = "openai-compatible"
"""A server of one's own: it is there by its address, and needs no key."""


def _key(provider: str) -> Any:
    choices = BY_NAME[provider].key_variables
    return Field(default=SecretStr(""), validation_alias=AliasChoices(*choices), repr=False)


def _url(provider: str) -> Any:
    alias = BY_NAME[provider].url_variable
    return Field(default="", validation_alias=alias, pattern=r"^((http|ws)s?://\S+)?$")


def _usd_per_million(way: str) -> Any:
    alias = f"OPENAI_COMPATIBLE_USD_PER_MILLION_{way}"
    return Field(default=None, ge=0, le=10_000, validation_alias=alias)


class ProviderSettings(BaseModel):
    """The keys that were given. A service's settings inherit from this after `ServiceSettings`."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="ignore")

    anthropic_api_key: SecretStr = _key("anthropic")
    anthropic_base_url: str = _url("anthropic")
    google_api_key: SecretStr = _key("google")
    google_base_url: str = _url("google")
    openai_api_key: SecretStr = _key("openai")
    openai_base_url: str = _url("openai")
    openai_compatible_api_key: SecretStr = _key("openai-compatible")
    openai_compatible_base_url: str = _url("openai-compatible")
    openai_compatible_usd_per_million_in: Decimal | None = _usd_per_million("IN")
    openai_compatible_usd_per_million_out: Decimal | None = _usd_per_million("OUT")
    voyageai_api_key: SecretStr = _key("voyageai")
    voyageai_base_url: str = _url("voyageai")
    cohere_api_key: SecretStr = _key("cohere")
    cohere_base_url: str = _url("cohere")
    deepgram_api_key: SecretStr = _key("deepgram")
    deepgram_base_url: str = _url("deepgram")
    elevenlabs_api_key: SecretStr = _key("elevenlabs")
    elevenlabs_base_url: str = _url("elevenlabs")
    cartesia_api_key: SecretStr = _key("cartesia")
    cartesia_base_url: str = _url("cartesia")
    rime_api_key: SecretStr = _key("rime")
    rime_base_url: str = _url("rime")

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "ProviderSettings":
        """For whoever is no service. A variable that is empty counts as not set.

        Raises:
            pydantic.ValidationError: an address is none.
        """
        return ProviderSettings.model_validate(
            {name: value for name, value in environment.items() if value.strip()}
        )

    def connections(self) -> Mapping[str, Connection]:
        """Provider → how to reach it, of those with a key (a server of one's own: an address)."""
        made = (self._connection(provider.name) for provider in PROVIDERS)
        return {connection.provider: connection for connection in made if connection is not None}

    def own_server_price(self) -> tuple[Decimal, Decimal] | None:
        """US dollars for a million tokens in and out of the server of one's own; None: not known.

        On this very machine it costs nothing, unless a price is set.
        """
        usd_in = self.openai_compatible_usd_per_million_in
        usd_out = self.openai_compatible_usd_per_million_out
        if usd_in is not None and usd_out is not None:
            return usd_in, usd_out
        is_here = _is_this_machine(self.openai_compatible_base_url)
        return (usd_in or Decimal(0), usd_out or Decimal(0)) if is_here else None

    def _connection(self, provider: str) -> Connection | None:
        field = provider.replace("-", "_")
        api_key: SecretStr = getattr(self, f"{field}_api_key")
        base_url: str = getattr(self, f"{field}_base_url")
        key = api_key.get_secret_value().strip()
        is_there = base_url if provider == OWN_SERVER else key
        return Connection(provider, SecretStr(key), base_url) if is_there else None


def _is_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
