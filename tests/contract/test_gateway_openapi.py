"""What the gateway promises in its OpenAPI document, it keeps: whatever is sent to it.

Schemathesis makes requests from the document, right and wrong ones, and looks at the answers: no
5xx, no status, content type or body that the document does not name.
"""

import asyncio
import importlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from redis.asyncio import Redis

from gateway.api.openapi.examples import EXAMPLES
from runtime.web import HttpServer
from support.gateway.front_door import FrontDoor, front_door
from support.livekit.rooms import agreeing_livekit

CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
RUN_TIMEOUT_S: Final = 30
MODULES: Final = ("contracts.http", "contracts.tenants")


@pytest.fixture
async def rag_url() -> AsyncIterator[str]:
    """rag, as a tenant without documents sees it."""
    app = FastAPI()

    @app.post("/v1/search")
    async def search() -> dict[str, Any]:
        return {"passages": []}

    @app.post("/v1/text")
    async def text() -> dict[str, Any]:
        return {"found": None}

    server = HttpServer(app, "127.0.0.1", 0)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.run())
        yield f"http://127.0.0.1:{server.port}"
        server.stop()


@pytest.fixture
async def door(
    database_url: str,
    service_urls: dict[str, str],
    valkey_url: str,
    redis: Redis,
    rag_url: str,
    tmp_path: Path,
) -> AsyncIterator[FrontDoor]:
    servers = (database_url, service_urls["gateway"], valkey_url)
    async with (
        agreeing_livekit() as livekit,
        front_door(servers, redis, tmp_path, rag_url=rag_url, **livekit) as opened,
    ):
        yield opened


@pytest.fixture
async def document(door: FrontDoor) -> dict[str, Any]:
    async with door.client(None) as client:
        return (await client.get("/openapi.json")).json()


@pytest.mark.storm
@pytest.mark.timeout(150)
async def test_no_request_gets_an_answer_that_is_not_documented(
    door: FrontDoor, tmp_path: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).parent / "st"),
        "run",
        f"{door.url}/openapi.json",
        "--checks=" + ",".join(CHECKS),
        f"--header=Authorization: Bearer {door.keys['a']}",
        # A stream of events does not end; its refusals are tested by hand.
        "--exclude-path-regex=/events$",
        "--phases=examples,coverage,fuzzing",
        "--max-examples=8",
        f"--max-time={RUN_TIMEOUT_S}",
        "--request-timeout=10",
        "--generation-deterministic",
        "--warnings=off",
        "--continue-on-failure",
        "--no-color",
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(120):
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()[-12_000:]


async def test_every_body_has_an_example_and_each_example_is_right(
    document: dict[str, Any],
) -> None:
    for module in MODULES:
        for name, found in vars(importlib.import_module(module)).items():
            if name in EXAMPLES and isinstance(found, type) and issubclass(found, BaseModel):
                found.model_validate(EXAMPLES[name])
    missing = [
        f"{method} {path}"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        for body in (*operation["responses"].values(), operation.get("requestBody", {}))
        for content in body.get("content", {}).values()
        if "$ref" in content.get("schema", {})
        and "example" not in content
        and "Body_" not in content["schema"]["$ref"]
    ]
    assert missing == []


async def test_every_refusal_is_documented_as_a_problem(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            refusals = {
                status: set(answer["content"])
                for status, answer in operation["responses"].items()
                if int(status) >= httpx.codes.BAD_REQUEST
            }
            assert {"401", "422", "429", "503"} <= refusals.keys(), f"{method} {path}"
            types = {name for names in refusals.values() for name in names}
            assert types == {"application/problem+json"}
