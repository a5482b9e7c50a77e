"""A LiveKit server that agrees to everything and knows of no room, for tests of our own side."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI, Response

from runtime.web import HttpServer

KEY: Final = "stub"
SECRET: Final = "a-secret-for-tests-of-more-than-32-characters"


@asynccontextmanager
async def agreeing_livekit() -> AsyncGenerator[dict[str, Any]]:
    """Settings of a gateway that uses it. Its answers are empty, which is a message of any kind."""
    app = FastAPI()

    @app.post("/twirp/{anything:path}")
    async def agree() -> Response:
        return Response(b"", media_type="application/protobuf")

    server = HttpServer(app, "127.0.0.1", 0)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.run())
        try:
            yield settings_for(f"ws://127.0.0.1:{server.port}", KEY, SECRET)
        finally:
            server.stop()


def settings_for(url: str, key: str, secret: str) -> dict[str, Any]:
    """Of GatewaySettings."""
    return {"livekit_url": url, "livekit_api_key": key, "livekit_api_secret": secret}
