import asyncio
from pathlib import Path
from typing import Any

import httpx
from redis.asyncio import Redis

from contracts.document_warnings import SENTENCES
from contracts.ids import DocumentId, TenantId
from contracts.knowledge import (
    DocumentIndexed,
    DocumentRejected,
    DocumentRemoved,
    DocumentUploaded,
    DocumentWarning,
    Progress,
    progress_key,
)
from runtime.bus import Publisher
from runtime.bus.envelopes import following
from support.eventually import eventually
from support.gateway.front_door import FrontDoor, front_door
from support.gateway.meetings import NOON


async def test_each_file_of_a_request_is_taken_or_refused_by_itself(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    async with (
        front_door(servers, redis, tmp_path, max_document_bytes=1_000) as door,
        door.client("a") as client,
    ):
        sent = [
            ("files", ("guides/plans.md", b"# Plans\n")),
            ("files", ("empty.md", b"")),
            ("files", ("large.txt", b"x" * 1_001)),
            ("files", ("../../out.md", b"# Out\n")),
        ]
        reply = await client.post("/v1/knowledge", files=sent)
        assert reply.status_code == 202
        assert [(one["name"], one["status"], one["code"]) for one in reply.json()["documents"]] == [
            ("guides/plans.md", "pending", None),
            ("empty.md", "rejected", "empty"),
            ("large.txt", "rejected", "too_large"),
            ("../../out.md", "rejected", "bad_name"),
        ]
        [uploaded] = await door.stated(DocumentUploaded)
        kept = tmp_path / "files" / door.tenants["a"] / uploaded.data.file
        assert kept.read_bytes() == b"# Plans\n"


async def test_the_same_bytes_change_nothing_and_new_ones_replace_the_old(
    door: FrontDoor, ours: httpx.AsyncClient, redis: Redis
) -> None:
    async def send(content: bytes) -> dict[str, str]:
        reply = await ours.post("/v1/knowledge", files={"files": ("faq.md", content)})
        return reply.json()["documents"][0]

    first = await send(b"one")
    again = await send(b"one")
    assert (again["document_id"], again["status"]) == (first["document_id"], "pending")
    [uploaded] = await door.stated(DocumentUploaded)
    indexed = DocumentIndexed(
        document_id=DocumentId(uploaded.data.document_id),
        name="faq.md",
        status="indexed",
        pages=None,
        passages=3,
    )
    # What rag says while it works is told; before that, that it was received.
    place = f"/v1/knowledge/{first['document_id']}"
    assert again["progress"] == {"phase": "received", "done": 0, "total": None}
    step = Progress(phase="indexing", done=64, total=90)
    document_id = DocumentId(uploaded.data.document_id)
    await redis.set(progress_key(TenantId(door.tenants["a"]), document_id), step.model_dump_json())
    assert (await ours.get(place)).json()["progress"] == step.model_dump()
    [listed] = (await ours.get("/v1/knowledge")).json()["documents"]
    assert listed["progress"] == step.model_dump()

    await Publisher(redis).publish(following(uploaded, indexed, service="rag", now=NOON))

    async def status() -> str:
        reply = await ours.get(f"/v1/knowledge/{first['document_id']}")
        return reply.json()["status"]

    await eventually(status, equals="indexed")
    assert (await ours.get(place)).json()["progress"] is None
    assert (await send(b"one"))["status"] == "unchanged"
    newer = await send(b"two")
    assert (newer["document_id"], newer["status"]) == (first["document_id"], "pending")
    # What is said of the older upload no longer counts.
    late = DocumentRejected(
        document_id=DocumentId(uploaded.data.document_id), name="faq.md", code="late", reason="."
    )
    rejected = following(uploaded, late, service="rag", now=NOON)
    await Publisher(redis).publish(rejected)
    newest = (await door.stated(DocumentUploaded))[-1]
    done = following(newest, indexed, service="rag", now=NOON)
    await Publisher(redis).publish(done)
    await eventually(status, equals="indexed")


async def test_a_removed_document_is_gone_and_said_to_be(
    door: FrontDoor, ours: httpx.AsyncClient, tmp_path: Path
) -> None:
    sent = await ours.post("/v1/knowledge", files={"files": ("a.md", b"# A\n")})
    place = f"/v1/knowledge/{sent.json()['documents'][0]['document_id']}"
    assert (await ours.delete(place)).status_code == 204
    assert (await ours.get(place)).status_code == (await ours.delete(place)).status_code == 404
    [uploaded], [removed] = await door.stated(DocumentUploaded), await door.stated(DocumentRemoved)
    assert uploaded.data.change_number < removed.data.change_number
    # Nothing is deleted under the hands of whoever may be reading it.
    ended = DocumentRejected(
        document_id=uploaded.data.document_id, name="a.md", code="removed", reason="."
    )
    await Publisher(door.redis).publish(following(uploaded, ended, service="rag", now=NOON))
    kept = tmp_path / "files" / door.tenants["a"] / uploaded.data.file
    await eventually(lambda: not kept.exists())


async def test_what_was_left_out_is_told_when_it_is_indexed_and_when_it_is_sent_again(
    door: FrontDoor, ours: httpx.AsyncClient
) -> None:
    async def send() -> dict[str, Any]:
        reply = await ours.post("/v1/knowledge", files={"files": ("lease.pdf", b"%PDF-1.7 lease")})
        return reply.json()["documents"][0]

    assert (await send())["warnings"] == []
    [uploaded] = await door.stated(DocumentUploaded)
    parts = (
        DocumentWarning(code="page_without_text", where="page 2"),
        DocumentWarning(code="of_a_newer_version", where=""),
    )
    indexed = DocumentIndexed(
        document_id=uploaded.data.document_id,
        name="lease.pdf",
        status="indexed",
        pages=2,
        passages=1,
        warnings=parts,
    )
    await Publisher(door.redis).publish(following(uploaded, indexed, service="rag", now=NOON))
    told = [
        {
            "code": "page_without_text",
            "where": "page 2",
            "text": f"page 2: {SENTENCES['page_without_text']}",
        },
        {"code": "of_a_newer_version", "where": "", "text": "Of a newer version."},
    ]

    async def listed() -> list[dict[str, str]]:
        [one] = (await ours.get("/v1/knowledge")).json()["documents"]
        return one["warnings"]

    await eventually(listed, equals=told)
    again = await send()
    assert (again["status"], again["warnings"]) == ("unchanged", told)


async def test_two_names_of_the_same_bytes_are_two_documents(
    door: FrontDoor, ours: httpx.AsyncClient, tmp_path: Path
) -> None:
    sent = [("files", (name, b"# Deposit\n60 EUR\n")) for name in ("y/2024.md", "y/2025.md")]
    first, second = (await ours.post("/v1/knowledge", files=sent)).json()["documents"]
    assert (first["status"], second["status"]) == ("pending", "pending")
    assert first["document_id"] != second["document_id"]
    files = {uploaded.data.file for uploaded in await door.stated(DocumentUploaded)}
    kept = (tmp_path / "files" / door.tenants["a"] / "documents").iterdir()
    assert {f"documents/{path.name}" for path in kept} == files


async def test_uploads_and_removals_of_one_name_at_once_are_all_answered(
    door: FrontDoor, ours: httpx.AsyncClient, tmp_path: Path
) -> None:
    async def send(number: int) -> int:
        content = b"Answer %d." % (number % 5)
        reply = await ours.post("/v1/knowledge", files={"files": ("faq.md", content)})
        return reply.status_code

    assert await send(0) == 202
    [listed] = (await ours.get("/v1/knowledge")).json()["documents"]
    place = f"/v1/knowledge/{listed['document_id']}"

    async def remove() -> int:
        return (await ours.delete(place)).status_code

    work = [remove() if number % 6 == 5 else send(number) for number in range(24)]
    assert set(await asyncio.gather(*work)) <= {202, 204, 404}
    uploads = await door.stated(DocumentUploaded)
    changes = [*uploads, *await door.stated(DocumentRemoved)]
    numbers = [change.data.change_number for change in changes]
    assert len(set(numbers)) == len(changes)
    for uploaded in uploads:
        ended = DocumentRejected(
            document_id=uploaded.data.document_id, name="faq.md", code="empty", reason="."
        )
        await Publisher(door.redis).publish(following(uploaded, ended, service="rag", now=NOON))
    newest = max(changes, key=lambda change: change.data.change_number)
    is_there = newest.type == DocumentUploaded.event_type
    left = [Path(newest.data.file).name] if is_there else []
    kept = tmp_path / "files" / door.tenants["a"] / "documents"
    await eventually(lambda: [path.name for path in kept.iterdir()] == left)


async def test_a_search_service_that_is_away_is_said_to_be(ours: httpx.AsyncClient) -> None:
    reply = await ours.post("/v1/search", json={"text": "What does it cost?"})
    assert (reply.status_code, reply.json()["code"]) == (503, "unavailable")


async def test_a_request_over_the_limit_is_refused_whole(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    async with (
        front_door(servers, redis, tmp_path, max_upload_bytes=2_000) as door,
        door.client("a") as client,
    ):
        reply = await client.post("/v1/knowledge", files={"files": ("a.txt", b"x" * 3_000)})
        assert (reply.status_code, reply.json()["code"]) == (413, "too_large")
