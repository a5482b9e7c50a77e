"""Which hosted models embed and rerank: what the settings name, else what there is a key for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from providers.connections import Connection
from providers.settings import OWN_SERVER
from rag.adapters.hosted.clients import EmbeddingClient, RerankClient
from rag.adapters.hosted.hosted_embedder import HostedEmbedder
from rag.adapters.hosted.hosted_reranker import RERANK, HostedReranker
from rag.adapters.hosted.provider_call import Patience
from rag.domain.passages import IndexName
from rag.ports.reranking import RerankUnit
from runtime.clock import Clock
from runtime.settings import InvalidSettingsError

if TYPE_CHECKING:
    from rag.adapters.hosted.cohere import CohereClient
    from rag.adapters.hosted.voyage import VoyageClient

EMBEDDING_MODELS: Final = {
    "voyageai": "voyage-4",
    "cohere": "embed-v4.0",
    "openai": "text-embedding-3-small",
}
"""In the order in which keys are looked for. Each gives 1,024 numbers when it is asked to."""
RERANK_MODELS: Final = {"cohere": "rerank-v3.5", "voyageai": "rerank-2.5"}
"""In the order in which keys are looked for."""
RERANK_UNITS: Final[dict[str, RerankUnit]] = {"cohere": "query", "voyageai": "token"}


@dataclass(frozen=True)
class HostedModels:
    """Makes the models.

    Attributes:
        connections: of the providers that may be asked.
        clock: of this process.
    """

    connections: Mapping[str, Connection]
    clock: Clock

    def embedder(self, wanted: str, dimension: int) -> HostedEmbedder | None:
        """None: the local model.

        Args:
            wanted: `RAG_EMBEDDING`.
            dimension: numbers in a vector.

        Raises:
            InvalidSettingsError: what is wanted is not known, or has no key.
        """
        model = _chosen("RAG_EMBEDDING", wanted, EMBEDDING_MODELS, self.connections, none="local")
        if model is None:
            return None
        provider = model.partition(":")[0]
        client = _embedding_client(self.connections[provider])
        return HostedEmbedder(client, IndexName(model, dimension), self.clock)

    def reranker(self, wanted: str, patience: Patience = RERANK) -> HostedReranker | None:
        """None: the fused order.

        Args:
            wanted: `RAG_RERANK`.
            patience: with one request.

        Raises:
            InvalidSettingsError: what is wanted is not known, or has no key.
        """
        model = _chosen("RAG_RERANK", wanted, RERANK_MODELS, self.connections, none="none")
        if model is None:
            return None
        provider = model.partition(":")[0]
        client = _rerank_client(self.connections[provider])
        unit = RERANK_UNITS[provider]
        return HostedReranker(client, model, unit, self.clock, patience=patience)


def _chosen(
    variable: str,
    wanted: str,
    defaults: Mapping[str, str],
    connections: Mapping[str, Connection],
    *,
    none: Literal["local", "none"],
) -> str | None:
    """`provider:model`; None where `none` is wanted, or nothing and there is no key."""
    if wanted == none:
        return None
    if not wanted:
        return next((f"{own}:{defaults[own]}" for own in defaults if own in connections), None)
    provider, _, named = wanted.partition(":")
    model = named or defaults.get(provider, "")
    known = (*defaults, OWN_SERVER) if none == "local" else tuple(defaults)
    if provider not in known or not model:
        raise InvalidSettingsError(
            f"{variable}={wanted} is not known: write `{none}`, or `PROVIDER:MODEL` with one of"
            f" {', '.join(known)}"
        )
    if provider not in connections:
        raise InvalidSettingsError(
            f"{variable}={wanted} needs the key of {provider}"
            " (an address for openai-compatible), and OFFLINE not set"
        )
    return f"{provider}:{model}"


def _embedding_client(connection: Connection) -> EmbeddingClient:
    match connection.provider:
        case "voyageai":
            return _voyage(connection)
        case "cohere":
            return _cohere(connection)
        case provider:
            # The SDK takes seconds and 90 MB to import: only who has the key pays that.
            from rag.adapters.hosted.openai import OpenAiClient  # noqa: PLC0415 - see above

            return OpenAiClient(connection, says_dimension=provider != OWN_SERVER)


def _rerank_client(connection: Connection) -> RerankClient:
    return _cohere(connection) if connection.provider == "cohere" else _voyage(connection)


def _voyage(connection: Connection) -> "VoyageClient":
    from rag.adapters.hosted.voyage import VoyageClient  # noqa: PLC0415 - as above

    return VoyageClient(connection)


def _cohere(connection: Connection) -> "CohereClient":
    from rag.adapters.hosted.cohere import CohereClient  # noqa: PLC0415 - as above

    return CohereClient(connection)
