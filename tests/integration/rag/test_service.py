"""The service as `main.build` makes it: facts in, facts out, over real Valkey and PostgreSQL."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from cli.provisioning.database import provision_database
from cli.provisioning.secret import service_url
from contracts.fact import Envelope, Fact
from contracts.http import PassageQuery, SearchResult
from contracts.ids import TenantId
from contracts.knowledge import DocumentIndexed, DocumentRejected, PassagesFound
from contracts.streams import stream_key
from rag.main import build
from rag.settings import RagSettings
from runtime.bus import Publisher, provision_streams
from runtime.clock import SystemClock
from runtime.files import FolderFiles
from runtime.ids import new_id
from spending import Accounts
from support.eventually import eventually
from support.rag.documents import pdf_of
from support.rag.knowledge import a_question, upload
from support.servers import as_service

SECRET = b"test"
TOKEN = "between-services"
FactT = TypeVar("FactT", bound=Fact)


@pytest.fixture
async def tenant_id(redis: Redis) -> TenantId:
    await provision_streams(redis)
    made = TenantId(f"t-{new_id().hex[-12:]}")
    await Accounts(redis).make(made)
    return made


@asynccontextmanager
async def running(valkey_url: str, database_url: str, folder: Path) -> AsyncGenerator[str]:
    """The service, for as long as the block lasts; gives its address."""
    await provision_database(database_url, SECRET)
    settings = RagSettings(
        redis_url=as_service(valkey_url, "rag"),
        database_url=SecretStr(service_url(database_url, "rag", SECRET)),
        files_dir=folder,
        service_token=SecretStr(TOKEN),
        port_file=folder / "port",
        drain_s=5,
    )
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(build(settings, SystemClock()).run(stop))
        port = await eventually(_reads(folder / "port"), timeout_s=30)
        yield f"http://127.0.0.1:{port}"
        stop.set()


def _reads(path: Path) -> Callable[[], str]:
    return lambda: path.read_text() if path.exists() else ""


async def stated(redis: Redis, fact: type[FactT], cause: Envelope[Fact]) -> list[FactT]:
    entries = await redis.xrange(stream_key(fact.event_type, 0)) or []
    bodies = [next(iter(fields.values())) for _, fields in entries if fields]
    found = [Envelope[fact].model_validate_json(body) for body in bodies]
    return [envelope.data for envelope in found if envelope.cause_id == cause.id]


async def test_an_upload_is_indexed_and_a_turn_gets_its_passages(
    redis: Redis, valkey_url: str, database_url: str, tmp_path: Path, tenant_id: TenantId
) -> None:
    publisher = Publisher(redis)
    async with running(valkey_url, database_url, tmp_path) as url:
        content = pdf_of(["Welcome."], ["The Team plan costs forty euros a month."])
        uploaded = await upload(FolderFiles(tmp_path), tenant_id, "prices.pdf", content)
        await publisher.publish(uploaded)
        [indexed] = await eventually(lambda: stated(redis, DocumentIndexed, uploaded), timeout_s=30)
        assert (indexed.status, indexed.pages, indexed.passages) == ("indexed", 2, 2)

        asked = a_question(tenant_id, "Parley, what does the Team plan cost?")
        await publisher.publish(asked)
        [found] = await eventually(lambda: stated(redis, PassagesFound, asked), timeout_s=30)
        best = found.passages[0]
        assert (best.document, best.page, best.found_by) == ("prices.pdf", 2, ("vector", "text"))

        unanswered = a_question(tenant_id, "Which volcano erupted in Iceland?")
        await publisher.publish(unanswered)
        [nothing] = await eventually(lambda: stated(redis, PassagesFound, unanswered), timeout_s=30)
        assert nothing.passages == ()

        query = PassageQuery(tenant_id=tenant_id, text="cost of the Team plan", limit=1)
        async with httpx.AsyncClient(base_url=url, timeout=10) as client:
            body = query.model_dump(mode="json")
            closed = await client.post("/v1/search", json=body)
            wrong = {"Authorization": "Bearer something-else"}
            refused = await client.post("/v1/search", json=body, headers=wrong)
            right = {"Authorization": f"Bearer {TOKEN}"}
            answered = await client.post("/v1/search", json=body, headers=right)
        assert (closed.status_code, refused.status_code) == (401, 401)
        assert SearchResult.model_validate_json(answered.content).passages[0].page == 2


async def test_a_document_whose_file_is_gone_is_rejected_not_forgotten(
    redis: Redis, valkey_url: str, database_url: str, tmp_path: Path, tenant_id: TenantId
) -> None:
    async with running(valkey_url, database_url, tmp_path):
        uploaded = await upload(FolderFiles(tmp_path), tenant_id, "a.txt", b"some words")
        await FolderFiles(tmp_path).delete(tenant_id, uploaded.data.file)
        await Publisher(redis).publish(uploaded)
        [rejected] = await eventually(
            lambda: stated(redis, DocumentRejected, uploaded), timeout_s=30
        )
        assert (rejected.document_id, rejected.code) == (uploaded.data.document_id, "file_gone")
