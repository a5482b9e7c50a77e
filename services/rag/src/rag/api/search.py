"""The one route of rag: other services search through it, on behalf of a tenant they name."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import FastAPI, Header
from pydantic import SecretStr

from contracts.errors import RejectedError
from contracts.http import PassageQuery, SearchResult

Search = Callable[[PassageQuery], Awaitable[SearchResult]]


def mount(app: FastAPI, search: Search, token: SecretStr | None) -> None:
    """Add `POST /v1/search`; without a token nobody is let in."""

    @app.post("/v1/search")
    async def search_knowledge(
        query: PassageQuery, authorization: Annotated[str, Header()] = ""
    ) -> SearchResult:
        """Passages of the tenant's documents, best first; empty when they do not say."""
        expected = f"Bearer {token.get_secret_value()}" if token is not None else ""
        if not expected or not secrets.compare_digest(authorization.encode(), expected.encode()):
            raise RejectedError("the service token is missing or wrong", code="unauthorized")
        return await search(query)
