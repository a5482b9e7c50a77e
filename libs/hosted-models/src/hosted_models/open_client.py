"""A client of each provider.

Importing a client library takes seconds, so each is imported when its provider is configured.
"""

import logging
from collections.abc import Callable
from typing import Final

import httpx2
from pydantic_ai.models import Model, create_async_httpx2_client

from hosted_models.client import Client
from hosted_models.closing_stream import remember
from providers.catalogue import BY_NAME
from providers.connections import Connection

CONNECT_TIMEOUT_S: Final = 2.0
READ_TIMEOUT_S: Final = 60.0
"""Between bytes; the call's own limits are shorter."""
CHATTY: Final = ("anthropic", "google_genai", "httpcore2", "httpx2", "openai", "pydantic_ai")
"""Loggers that write whole requests at DEBUG, content included."""


def open_client(connection: Connection) -> Client:
    """Takes seconds. Opens no connection."""
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    timeout = httpx2.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
    http = create_async_httpx2_client(timeout=timeout)
    http.event_hooks = {**http.event_hooks, "response": [remember]}
    make_model = _MAKERS[connection.provider](connection, http)
    return Client(connection.provider, http, make_model)


def _google(connection: Connection, http: httpx2.AsyncClient) -> Callable[[str], Model]:
    from pydantic_ai.models.google import GoogleModel  # noqa: PLC0415 - takes seconds
    from pydantic_ai.providers.google import GoogleProvider  # noqa: PLC0415 - takes seconds

    # With a client of google-genai's own it would use aiohttp, whose errors nobody translates.
    provider = GoogleProvider(api_key=_key(connection), base_url=_url(connection), http_client=http)
    return lambda name: GoogleModel(name, provider=provider)


def _anthropic(connection: Connection, http: httpx2.AsyncClient) -> Callable[[str], Model]:
    from pydantic_ai.models.anthropic import AnthropicModel  # noqa: PLC0415 - takes seconds
    from pydantic_ai.providers.anthropic import AnthropicProvider  # noqa: PLC0415 - takes seconds

    provider = AnthropicProvider(
        api_key=_key(connection), base_url=_url(connection), http_client=http
    )
    return lambda name: AnthropicModel(name, provider=provider)


def _openai(connection: Connection, http: httpx2.AsyncClient) -> Callable[[str], Model]:
    from pydantic_ai.models.openai import OpenAIResponsesModel  # noqa: PLC0415 - takes seconds
    from pydantic_ai.providers.openai import OpenAIProvider  # noqa: PLC0415 - takes seconds

    provider = OpenAIProvider(api_key=_key(connection), base_url=_url(connection), http_client=http)
    _ = provider.client.responses  # imports half a second's worth, here and not in the first call
    return lambda name: OpenAIResponsesModel(name, provider=provider)


def _compatible(connection: Connection, http: httpx2.AsyncClient) -> Callable[[str], Model]:
    from pydantic_ai.models.openai import OpenAIChatModel  # noqa: PLC0415 - takes seconds
    from pydantic_ai.profiles.openai import OpenAIModelProfile  # noqa: PLC0415 - takes seconds
    from pydantic_ai.providers.openai_compatible import (  # noqa: PLC0415 - takes seconds
        OpenAICompatibleProvider,
    )

    provider = OpenAICompatibleProvider(
        connection.provider,
        base_url=_url(connection),
        # The client wants one, a server of one's own may not.
        api_key=_key(connection) or "none",
        http_client=http,
        # Servers that are older than the newer name of the limit would pass over it.
        profile=OpenAIModelProfile(openai_chat_supports_max_completion_tokens=False),
    )
    _ = provider.client.chat.completions  # as above
    return lambda name: OpenAIChatModel(name, provider=provider)


def _key(connection: Connection) -> str:
    return connection.api_key.get_secret_value()


def _url(connection: Connection) -> str:
    return connection.base_url or BY_NAME[connection.provider].url


_MAKERS: Final = {
    "anthropic": _anthropic,
    "google": _google,
    "openai": _openai,
    "openai-compatible": _compatible,
}
