"""OpenAI, and any server that speaks its protocol, through its SDK."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final, Self, cast

import httpx2
import openai

from providers.connections import Connection
from rag.adapters.hosted.clients import Purpose, RawVectors
from rag.adapters.hosted.provider_call import BadReplyError, Refusal

LONGEST_TIMEOUT_S: Final = 60.0
"""The SDK's own would be ten minutes; each request has a shorter one around it."""
NO_KEY: Final = "none"
"""The SDK wants a key; a server of one's own may not."""
NOT_SENT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


class OpenAiClient:
    """Embeds.

    Args:
        connection: of OpenAI, or of a server of one's own.
        says_dimension: ask for a dimension; servers of one's own often refuse to be asked.
    """

    def __init__(self, connection: Connection, *, says_dimension: bool) -> None:
        self._connection, self._says_dimension = connection, says_dimension

    async def __aenter__(self) -> Self:
        self._client = openai.AsyncOpenAI(
            api_key=self._connection.api_key.get_secret_value() or NO_KEY,
            base_url=self._connection.base_url or None,
            timeout=LONGEST_TIMEOUT_S,
            max_retries=0,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.close()

    async def embed(
        self, model: str, dimension: int, texts: Sequence[str], purpose: Purpose
    ) -> RawVectors:
        # Cast: replies are looked at, whatever their types promise.
        reply = cast(
            Any,
            await self._client.embeddings.create(
                model=model,
                input=list(texts),
                encoding_format="float",
                dimensions=dimension if self._says_dimension else openai.omit,
            ),
        )
        by_place = {row.index: row.embedding for row in reply.data}
        if set(by_place) != set(range(len(texts))):
            raise BadReplyError(f"did not send {len(texts)} rows")
        rows = [by_place[place] for place in range(len(texts))]
        return RawVectors(rows, getattr(reply.usage, "total_tokens", None))

    def refusal_of(self, error: Exception) -> Refusal | None:
        if isinstance(error, openai.APIStatusError):
            return Refusal(error.status_code, dict(error.response.headers))
        if not isinstance(error, openai.APIConnectionError):
            return None
        return Refusal(None, was_sent=not isinstance(error.__cause__, NOT_SENT))
