from collections.abc import Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Self

import httpx
from pydantic import SecretStr, ValidationError

from contracts.errors import UnavailableError
from contracts.http import PassageQuery, SearchResult
from contracts.knowledge import Passage
from llm_router.ports import Turn


class RagPassageSearch:
    """The port `PassageSearch`, over rag's HTTP API with the service token."""

    def __init__(self, url: str, token: SecretStr, *, timeout_s: float) -> None:
        self._client = httpx.AsyncClient(
            base_url=url,
            timeout=timeout_s,
            headers={"Authorization": f"Bearer {token.get_secret_value()}"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def search(self, turn: Turn, text: str, *, limit: int) -> Sequence[Passage]:
        query = PassageQuery(
            tenant_id=turn.event.tenant_id,
            session_id=turn.session_id,
            turn_id=turn.turn_id,
            text=text,
            limit=limit,
        )
        try:
            reply = await self._client.post("/v1/search", json=query.model_dump(mode="json"))
            if reply.status_code == HTTPStatus.OK:
                return SearchResult.model_validate_json(reply.content).passages
        except (httpx.TransportError, ValidationError) as error:
            raise UnavailableError("rag did not answer a search") from error
        raise UnavailableError(f"rag answered a search with {reply.status_code}")
