"""Voyage AI through its SDK."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self, cast

import aiohttp
import voyageai
from voyageai import error as voyage_errors

from providers.connections import Connection
from rag.adapters.hosted.clients import Purpose, RawScores, RawVectors
from rag.adapters.hosted.provider_call import Refusal

LONGEST_TIMEOUT_S: Final = 60.0
"""The SDK's own would be ten minutes; each request has a shorter one around it."""
NOT_SENT: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)

# Cast once: it exports names that its types do not say.
sdk = cast(Any, voyageai)
errors = cast(Any, voyage_errors)


class VoyageClient:
    """Embeds and reranks. One connection pool: left alone, the SDK opens a connection a call."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def __aenter__(self) -> Self:
        # At its debug level the SDK logs what it sends.
        logging.getLogger("voyage").setLevel(logging.ERROR)
        self._session = aiohttp.ClientSession()
        self._client = sdk.AsyncClient(
            api_key=self._connection.api_key.get_secret_value(),
            base_url=self._connection.base_url or None,
            max_retries=0,
            timeout=LONGEST_TIMEOUT_S,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def embed(
        self, model: str, dimension: int, texts: Sequence[str], purpose: Purpose
    ) -> RawVectors:
        sdk.aiosession.set(self._session)
        reply = await self._client.embed(
            list(texts), model=model, input_type=purpose, output_dimension=dimension
        )
        return RawVectors(reply.embeddings, reply.total_tokens)

    async def rerank(self, model: str, query: str, texts: Sequence[str]) -> RawScores:
        sdk.aiosession.set(self._session)
        reply = await self._client.rerank(query, list(texts), model=model)
        rows = [(row.index, row.relevance_score) for row in reply.results]
        return RawScores(rows, reply.total_tokens)

    def refusal_of(self, error: Exception) -> Refusal | None:
        if not isinstance(error, errors.VoyageError):
            return None
        told = cast(Any, error)
        status: int | None = told.http_status
        if status is None:
            if not isinstance(error, errors.APIConnectionError | errors.Timeout):
                return None
            return Refusal(None, was_sent=not isinstance(error.__cause__, NOT_SENT))
        given: Mapping[str, str] = told.headers
        headers = {name.lower(): value for name, value in given.items()}
        # What it calls an error of the API may be a 200 that is no JSON.
        return Refusal(status, headers) if status >= HTTPStatus.BAD_REQUEST else None
