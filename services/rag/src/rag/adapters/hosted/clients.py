"""What the adapters need of a provider's SDK; each SDK is wrapped in one file."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from rag.adapters.hosted.provider_call import Refusal

Purpose = Literal["query", "document"]
"""What a text is embedded for."""


@dataclass(frozen=True)
class RawVectors:
    """As the provider sent it, unchecked: a row a text in their order, and tokens used."""

    rows: object
    tokens: object


@dataclass(frozen=True)
class RawScores:
    """As the provider sent it, unchecked: pairs of a text's place and score, and what was used."""

    rows: Sequence[tuple[object, object]]
    used: object


class HostedClient(AbstractAsyncContextManager[Any], Protocol):
    """A provider's SDK, with its own repeats off. `async with` it: that imports the SDK.

    What it raises is the SDK's own, or anything else when a reply has another shape.
    """

    def refusal_of(self, error: Exception) -> Refusal | None:
        """What an error of the SDK means.

        None: the request left, and no answer came that can be read; what it cost is not known.
        """
        ...


class EmbeddingClient(HostedClient, Protocol):
    """Embeds."""

    async def embed(
        self, model: str, dimension: int, texts: Sequence[str], purpose: Purpose
    ) -> RawVectors: ...


class RerankClient(HostedClient, Protocol):
    """Reranks."""

    async def rerank(self, model: str, query: str, texts: Sequence[str]) -> RawScores: ...
