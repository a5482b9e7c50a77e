from types import TracebackType
from typing import Self

from rag.adapters.hosted.clients import HostedClient
from rag.adapters.hosted.provider_call import ProviderCall
from runtime.clock import Clock


class HostedModel:
    """A model of a provider. `async with` it: that opens the provider's client."""

    def __init__(self, client: HostedClient, provider: str, clock: Clock) -> None:
        self._opened = client
        self._call = ProviderCall(provider, client.refusal_of, clock)

    async def __aenter__(self) -> Self:
        await self._opened.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._opened.__aexit__(kind, error, trace)
