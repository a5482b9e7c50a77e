from collections.abc import Sequence
from http import HTTPStatus
from typing import Self, TypeVar

import httpx
from pydantic import SecretStr, ValidationError

from contracts.errors import UnavailableError
from contracts.fact import Model
from contracts.http import DocumentText, FoundText, PassageQuery, SearchResult, TextQuery
from contracts.ids import DocumentId, TenantId
from contracts.knowledge import Passage

AnswerT = TypeVar("AnswerT", bound=Model)


class RagClient:
    """rag's own HTTP API, with the service token. `async with` it closes its connections."""

    def __init__(self, url: str, token: SecretStr, *, timeout_s: float) -> None:
        self._client = httpx.AsyncClient(
            base_url=url,
            timeout=timeout_s,
            headers={"Authorization": f"Bearer {token.get_secret_value()}"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def search(self, tenant_id: TenantId, text: str, *, limit: int) -> Sequence[Passage]:
        query = PassageQuery(tenant_id=tenant_id, text=text, limit=limit)
        return (await self._post("/v1/search", query, SearchResult)).passages

    async def text(
        self, tenant_id: TenantId, document_id: DocumentId, *, at: int
    ) -> DocumentText | None:
        query = TextQuery(tenant_id=tenant_id, document_id=document_id, at=at)
        return (await self._post("/v1/text", query, FoundText)).found

    async def _post(self, path: str, query: Model, answer: type[AnswerT]) -> AnswerT:
        try:
            reply = await self._client.post(path, json=query.model_dump(mode="json"))
        except httpx.TransportError as error:
            raise UnavailableError("The search service did not answer; try again.") from error
        if reply.status_code != HTTPStatus.OK:
            raise UnavailableError(f"The search service answered {reply.status_code}.")
        try:
            return answer.model_validate_json(reply.content)
        except ValidationError as error:
            raise UnavailableError("The search service's answer has another shape.") from error
