"""rag is killed in the middle of a document, again and again, while small ones keep coming."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from cli.provisioning.database import provision_database
from cli.provisioning.secret import service_url
from contracts.fact import Envelope
from contracts.ids import EventId, TenantId
from contracts.knowledge import (
    DocumentIndexed,
    DocumentRejected,
    DocumentUploaded,
    Progress,
    progress_key,
)
from contracts.streams import stream_key
from runtime.bus import DeadLetters, Publisher, provision_streams
from runtime.bus.envelopes import BODY
from runtime.cancellation import cancel_and_wait
from runtime.files import FolderFiles
from runtime.ids import new_id
from spending import Accounts
from support.eventually import eventually
from support.rag.knowledge import upload
from support.servers import as_service

pytestmark = [pytest.mark.storm, pytest.mark.timeout(500)]
SECRET = b"test"
KILLS = 6
UNSETTLED = 6
TAKEOVER_MS = 10_000
SENTENCES = 4_000


@dataclass
class Trickle:
    """Small documents, a few of them always unsettled."""

    redis: Redis
    files: FolderFiles
    tenant_id: TenantId
    stated: dict[EventId, int] = field(default_factory=dict[EventId, int])
    count: int = 0

    async def run(self) -> None:
        waiting: set[EventId] = set()
        while True:
            self.stated = await indexed_at_ms(self.redis)
            waiting -= self.stated.keys()
            for _ in range(UNSETTLED - len(waiting)):
                self.count += 1
                small = await upload(
                    self.files, self.tenant_id, f"{self.count}.txt", f"Note {self.count}.".encode()
                )
                await Publisher(self.redis).publish(small)
                waiting.add(small.id)
            await asyncio.sleep(0.05)


async def indexed_at_ms(redis: Redis) -> dict[EventId, int]:
    """When each upload was settled, by the server's clock."""
    rows: Any = await redis.xrange(stream_key(DocumentIndexed.event_type, 0))
    found: dict[EventId, int] = {}
    for entry_id, fields in rows:
        event = Envelope[DocumentIndexed].model_validate_json(fields[BODY])
        assert event.cause_id
        found[event.cause_id] = int(entry_id.split(b"-")[0])
    return found


@asynccontextmanager
async def rag_process(
    valkey_url: str, database_url: str, folder: Path
) -> AsyncGenerator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "rag",
        env={
            "REDIS_URL": as_service(valkey_url, "rag"),
            "DATABASE_URL": service_url(database_url, "rag", SECRET),
            "FILES_DIR": str(folder),
            "LOG_LEVEL": "ERROR",
        },
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def is_in_the_middle(redis: Redis, event: Envelope[DocumentUploaded]) -> bool:
    body = await redis.get(progress_key(event.tenant_id, event.data.document_id))
    return body is not None and Progress.model_validate_json(body).done > 0


async def test_a_document_in_the_hands_of_killed_processes_goes_first_and_is_indexed(
    redis: Redis, valkey_url: str, database_url: str, tmp_path: Path
) -> None:
    await provision_streams(redis)
    await provision_database(database_url, SECRET)
    tenant_id = TenantId(f"t-{new_id().hex[-12:]}")
    await Accounts(redis).make(tenant_id)
    files = FolderFiles(tmp_path)
    text = " ".join(f"Part {n} of the pump costs {n % 97} euros." for n in range(SENTENCES))
    large = await upload(files, tenant_id, "large.txt", text.encode())
    await Publisher(redis).publish(large)
    trickle = Trickle(redis, files, tenant_id)
    trickling = asyncio.ensure_future(trickle.run())
    try:
        for _ in range(KILLS):
            async with rag_process(valkey_url, database_url, tmp_path) as process:
                await eventually(lambda: is_in_the_middle(redis, large), timeout_s=60)
                process.kill()
                await process.wait()
            await redis.delete(progress_key(tenant_id, large.data.document_id))
        client: Any = redis
        seconds, micros = await client.time()
        killed_at_ms = seconds * 1000 + micros // 1000
        async with rag_process(valkey_url, database_url, tmp_path):
            await eventually(lambda: large.id in trickle.stated, timeout_s=90)
    finally:
        await cancel_and_wait([trickling])
    settled_at_ms = trickle.stated[large.id]
    went_before = [
        at_ms
        for at_ms in trickle.stated.values()
        if killed_at_ms + TAKEOVER_MS < at_ms < settled_at_ms
    ]
    # One was in hand when the large one lost its owner.
    assert len(went_before) <= 1
    assert trickle.count > UNSETTLED, "there was a backlog all the time"
    assert await DeadLetters(redis).list() == []
    assert await redis.xlen(stream_key(DocumentRejected.event_type, 0)) == 0
