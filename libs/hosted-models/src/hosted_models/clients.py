"""The clients of all providers that may be asked. Loads no library before it is entered."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Protocol, Self

from hosted_models.calls import CallFailure, CallProgress, CallTimeouts, Prompt, Written
from providers.connections import Connection


class ProviderClient(Protocol):
    """What `open_client` makes; named here so that no client library is imported with this file."""

    async def ask(
        self, name: str, prompt: Prompt, timeouts: CallTimeouts, progress: CallProgress
    ) -> Written | CallFailure: ...

    async def aclose(self) -> None: ...


class HostedClients:
    """`provider:model` of hosted providers and of servers of one's own.

    Entering it loads the client libraries of the connections, which takes seconds and 100 MB for
    each, so it is given those of the models that will be asked.

    Args:
        at_once: False: a library is loaded when a model of it is asked for the first time.
    """

    def __init__(self, connections: Mapping[str, Connection], *, at_once: bool = True) -> None:
        self._connections = connections
        self._at_once = at_once
        self._opening = asyncio.Lock()
        self._clients: dict[str, ProviderClient] = {}
        self._opened = AsyncExitStack()

    @property
    def providers(self) -> Collection[str]:
        """Whose models can be asked."""
        return self._connections.keys()

    async def __aenter__(self) -> Self:
        """One client for each provider: to make one for each call would cost 22 to 65 ms."""
        async with AsyncExitStack() as opened:
            self._opened = opened
            for provider in self._connections if self._at_once else ():
                await self._client(provider)
            self._opened = opened.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._opened.aclose()

    async def ask(
        self, model: str, prompt: Prompt, timeouts: CallTimeouts, progress: CallProgress
    ) -> Written | CallFailure:
        """One whole reply of `provider:model`; `progress` says at any time what it took."""
        provider, _, name = model.partition(":")
        try:
            async with asyncio.timeout(timeouts.whole_s):
                client = await self._client(provider)
                return await client.ask(name, prompt, timeouts, progress)
        except TimeoutError:
            return CallFailure("timeout")

    async def _client(self, provider: str) -> ProviderClient:
        async with self._opening:
            if provider not in self._clients:
                client = await asyncio.to_thread(_open, self._connections[provider])
                self._opened.push_async_callback(client.aclose)
                self._clients[provider] = client
            return self._clients[provider]


def _open(connection: Connection) -> ProviderClient:
    from hosted_models.open_client import open_client  # noqa: PLC0415 - takes seconds

    return open_client(connection)
