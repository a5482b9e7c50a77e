"""rag, as a tenant without documents sees it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from runtime.web import HttpServer


@asynccontextmanager
async def rag_without_documents() -> AsyncGenerator[str]:
    """Its address."""
    app = FastAPI()

    @app.post("/v1/search")
    async def search() -> dict[str, Any]:
        return {"passages": []}

    @app.post("/v1/text")
    async def text() -> dict[str, Any]:
        return {"found": None}

    assert [search, text]
    server = HttpServer(app, "127.0.0.1", 0)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.run())
        try:
            yield f"http://127.0.0.1:{server.port}"
        finally:
            server.stop()
