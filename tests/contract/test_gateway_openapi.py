"""What the gateway promises in its OpenAPI document, it keeps: whatever is sent to it."""

import importlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from pydantic import BaseModel
from redis.asyncio import Redis

from gateway.api.openapi.examples import EXAMPLES
from support.gateway.empty_rag import rag_without_documents
from support.gateway.front_door import FrontDoor, front_door
from support.gateway.fuzzing import fuzz
from support.livekit.rooms import agreeing_livekit

MODULES: Final = ("contracts.http", "contracts.tenants", "contracts.budgets")


@pytest.fixture
async def door(
    database_url: str,
    service_urls: dict[str, str],
    valkey_url: str,
    redis: Redis,
    tmp_path: Path,
) -> AsyncIterator[FrontDoor]:
    servers = (database_url, service_urls["gateway"], valkey_url)
    async with (
        rag_without_documents() as rag_url,
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
    await fuzz(door, tmp_path, key=door.keys["a"])


@pytest.mark.storm
@pytest.mark.timeout(150)
async def test_no_request_without_a_key_gets_an_answer_that_is_not_documented(
    door: FrontDoor, tmp_path: Path
) -> None:
    await fuzz(door, tmp_path, key=None)


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
