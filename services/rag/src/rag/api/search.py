"""The routes of rag: other services search and read through it, on behalf of a tenant they name."""

import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI, Request
from pydantic import SecretStr

from contracts.errors import RejectedError
from contracts.http import FoundText, PassageQuery, SearchResult, TextQuery
from runtime.web import guarded

Search = Callable[[PassageQuery], Awaitable[SearchResult]]
Read = Callable[[TextQuery], Awaitable[FoundText]]


def mount(app: FastAPI, search: Search, read: Read, token: SecretStr | None) -> None:
    """Add `POST /v1/search` and `POST /v1/text`; without a token nobody is let in."""

    @asynccontextmanager
    async def require_service(request: Request) -> AsyncGenerator[None]:
        authorization = request.headers.get("authorization", "")
        expected = f"Bearer {token.get_secret_value()}" if token is not None else ""
        if not expected or not secrets.compare_digest(authorization.encode(), expected.encode()):
            raise RejectedError("the service token is missing or wrong", code="unauthorized")
        yield

    router = APIRouter(route_class=guarded(require_service))

    @router.post("/v1/search")
    async def search_knowledge(query: PassageQuery) -> SearchResult:
        """Passages of the tenant's documents, best first; empty when they do not say."""
        return await search(query)

    @router.post("/v1/text")
    async def read_document(query: TextQuery) -> FoundText:
        """The page of a document that a place of its text lies on."""
        return await read(query)

    app.include_router(router)
