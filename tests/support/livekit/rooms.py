"""Rooms in tests of our own side, and a LiveKit server that agrees to everything for them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
from fastapi import FastAPI, Response
from livekit import api
from livekit.api.access_token import Claims

from runtime.web import HttpServer

KEY: Final = "stub"
SECRET: Final = "a-secret-for-tests-of-more-than-32-characters"
ANN: Final = {"name": "Ann"}


@asynccontextmanager
async def agreeing_livekit() -> AsyncGenerator[dict[str, Any]]:
    """Settings of a gateway that uses it.

    It knows of no room: its answers are empty, which is a message of any kind.
    """
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


def invite_of(room: dict[str, Any]) -> str:
    page, _, invite = room["join_url"].partition("#invite=")
    assert page.endswith("/meet")
    return invite


async def join(guest: httpx.AsyncClient, room: dict[str, Any], **more: Any) -> httpx.Response:
    return await guest.post("/v1/meet/join", json={"invite": invite_of(room), **ANN, **more})


async def configure(ours: httpx.AsyncClient, **config: Any) -> None:
    reply = await ours.put("/v1/tenant/config", json=config)
    assert reply.status_code == 200, reply.text


def grants_of(ticket: dict[str, Any]) -> Claims:
    return api.TokenVerifier(KEY, SECRET).verify(ticket["token"])
