"""Cohere through its SDK."""

from collections.abc import Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self, cast

import cohere
import httpx
from cohere.core.api_error import ApiError

from providers.connections import Connection
from rag.adapters.hosted.clients import Purpose, RawScores, RawVectors
from rag.adapters.hosted.provider_call import BadReplyError, Refusal

LONGEST_TIMEOUT_S: Final = 60.0
"""The SDK's own would be five minutes; each request has a shorter one around it."""
NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_INPUT_TYPES: Final[dict[Purpose, str]] = {"query": "search_query", "document": "search_document"}


class CohereClient:
    """Embeds and reranks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def __aenter__(self) -> Self:
        self._http = httpx.AsyncClient(timeout=LONGEST_TIMEOUT_S)
        # Cast: replies are looked at, whatever their types promise.
        self._client = cast(
            Any,
            cohere.AsyncClientV2(
                api_key=self._connection.api_key.get_secret_value(),
                base_url=self._connection.base_url or None,
                timeout=LONGEST_TIMEOUT_S,
                max_retries=0,
                httpx_client=self._http,
            ),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def embed(
        self, model: str, dimension: int, texts: Sequence[str], purpose: Purpose
    ) -> RawVectors:
        reply = await self._client.embed(
            model=model,
            texts=list(texts),
            input_type=_INPUT_TYPES[purpose],
            output_dimension=dimension,
            embedding_types=["float"],
        )
        return RawVectors(reply.embeddings.float_, _billed(reply, "input_tokens"))

    async def rerank(self, model: str, query: str, texts: Sequence[str]) -> RawScores:
        reply = await self._client.rerank(
            model=model, query=query, documents=list(texts), top_n=len(texts)
        )
        # The SDK takes any 200 for a success; one of another shape has None here.
        if reply.results is None:
            raise BadReplyError("did not send results")
        rows = [(row.index, row.relevance_score) for row in reply.results]
        return RawScores(rows, _billed(reply, "search_units"))

    def refusal_of(self, error: Exception) -> Refusal | None:
        if isinstance(error, httpx.TransportError):
            return Refusal(None, was_sent=not isinstance(error, NOT_SENT))
        if not isinstance(error, ApiError) or (error.status_code or 0) < HTTPStatus.BAD_REQUEST:
            return None
        headers = {name.lower(): value for name, value in (error.headers or {}).items()}
        return Refusal(error.status_code, headers)


def _billed(reply: Any, unit: str) -> object:
    units = getattr(getattr(reply, "meta", None), "billed_units", None)
    return getattr(units, unit, None)
