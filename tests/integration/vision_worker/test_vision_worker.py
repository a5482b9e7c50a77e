"""The built service on a real Redis: frames in, facts and feed entries out."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import simplejpeg  # pyright: ignore[reportMissingTypeStubs]  # typed, but not marked as such
from redis.asyncio import Redis

from cli.fakes.providers import PATHS, fake_providers
from cli.fakes.speech_script import KEY
from contracts.fact import Envelope
from contracts.feed import FEED_ENTRY, Described
from contracts.media import BlobRef, FrameKept
from contracts.streams import feed_key
from contracts.tenants import TenantConfig, TenantState, config_key
from contracts.usage import UsageIncurred
from contracts.vision import FrameDescribed
from runtime.blobs import RedisBlobs
from runtime.bus import DeadLetters, Publisher, provision_streams
from runtime.clock import SystemClock
from runtime.latest import publish_newer
from spending import Accounts
from support.bus import a_frame, bodies, entry_of_age, read_by
from support.media.screens import Page, draw_page
from support.servers import as_service
from vision_worker.main import build
from vision_worker.settings import VisionWorkerSettings


@asynccontextmanager
async def working(url: str, tmp_path: Path, **told: str) -> AsyncGenerator[None]:
    """The service runs inside the block and drains at its end."""
    own = {"redis_url": as_service(url, "vision-worker"), "files_dir": tmp_path, "drain_s": 10}
    settings = VisionWorkerSettings.model_validate({**own, **told})
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(build(settings, SystemClock()).run(stop))
        try:
            yield
        finally:
            stop.set()


async def kept(redis: Redis, jpeg: bytes | None) -> Envelope[FrameKept]:
    """A frame of 1280x720, whose bytes are stored where there are some."""
    event = a_frame()
    assert event.session_id is not None
    picture = event.data.picture
    if jpeg is not None:
        picture = await RedisBlobs(redis).put(
            jpeg, media_type="image/jpeg", tenant_id=event.tenant_id, session_id=event.session_id
        )
    else:
        picture = BlobRef(key="blob:gone", media_type="image/jpeg", size_bytes=1, sha256="0" * 64)
    return event.model_copy(update={"data": event.data.model_copy(update={"picture": picture})})


def screen() -> bytes:
    picture = np.ascontiguousarray(draw_page(Page()))
    return bytes(simplejpeg.encode_jpeg(picture, 85, colorsubsampling="420"))


async def feed_of(redis: Redis, event: Envelope[FrameKept]) -> list[Described]:
    rows: Any = await redis.xrange(feed_key(str(event.session_id), 0))
    entries = [FEED_ENTRY.validate_json(next(iter(fields.values()))) for _, fields in rows]
    assert all(isinstance(entry, Described) for entry in entries)
    return [entry for entry in entries if isinstance(entry, Described)]


async def test_frames_are_read_shed_or_given_up_and_each_is_answered_in_its_feed(
    redis: Redis, valkey_url: str, tmp_path: Path
) -> None:
    await provision_streams(redis)
    read, gone = await kept(redis, screen()), await kept(redis, None)
    broken = await kept(redis, b"no picture")
    stale, named = await kept(redis, screen() + b" "), await kept(redis, screen() + b"  ")
    await Accounts(redis).make(read.tenant_id)
    await RedisBlobs(redis).name(named.data.picture.key)
    await entry_of_age(redis, stale, age_s=20)
    await entry_of_age(redis, named, age_s=20)
    await Publisher(redis).publish(read, gone, broken)

    async with working(valkey_url, tmp_path):
        await read_by(redis, FrameKept, "vision-worker", timeout_s=40)

    stated = await bodies(redis, FrameDescribed)
    newest_first = [event.data.frame_id for event in (broken, gone, read, named)]
    assert [one.data.frame_id for one in stated] == newest_first
    described = {one.data.frame_id: one for one in stated}
    for event in (read, named):
        fact = described[event.data.frame_id]
        assert "Quarterly plan, part 1" in [line.text for line in fact.data.lines]
        assert fact.data.picture == event.data.picture
        (entry,) = await feed_of(redis, event)
        assert (entry.event_id, entry.lines, entry.shed) == (fact.id, fact.data.lines, False)
    for event in (gone, broken):
        assert described[event.data.frame_id].data.picture is None
    for event in (gone, broken, stale):
        (entry,) = await feed_of(redis, event)
        assert (entry.lines, entry.shed) == ((), True)

    (letter,) = await DeadLetters(redis).list()
    assert (letter.reason, letter.event_id) == ("rejected", str(broken.id))
    assert letter.detail == "broken_picture"
    used = await bodies(redis, UsageIncurred)
    assert {one.cause_id for one in used} == {read.id, named.id}
    assert all(one.data.kind == "ocr" and one.data.cost_usd == 0 for one in used)


CAPTION = "A table of prices, the last row in red."


@pytest.mark.timeout(120)
async def test_a_tenants_frames_are_described_by_a_provider_at_its_expense(
    redis: Redis, valkey_url: str, tmp_path: Path
) -> None:
    await provision_streams(redis)
    event = await kept(redis, screen())
    await Accounts(redis).make(event.tenant_id)
    config = TenantConfig(describe="eager", language="de")
    state = TenantState(
        tenant_id=event.tenant_id, name="Acme", tier="free", version=1, config=config
    )
    body = state.model_dump_json()
    await publish_newer(redis, config_key(event.tenant_id), version=1, body=body)

    async with fake_providers() as fake:
        fake.script("google", f"tokens_in=1200,tokens_out=20,text={CAPTION}")
        told = {
            "google_api_key": KEY,
            "google_base_url": fake.url + PATHS["google"],
            # The client library is loaded for it, which takes seconds.
            "describe_timeout_s": "60",
        }
        async with working(valkey_url, tmp_path, **told):
            await Publisher(redis).publish(event)
            await read_by(redis, FrameKept, "vision-worker", timeout_s=90)
        (call,) = fake.calls

    (fact,) = await bodies(redis, FrameDescribed)
    assert fact.data.caption == CAPTION
    assert "Quarterly plan, part 1" in [line.text for line in fact.data.lines]
    (entry,) = await feed_of(redis, event)
    assert (entry.event_id, entry.caption) == (fact.id, CAPTION)
    assert call.pictures == 1
    used = {one.data.kind: one.data for one in await bodies(redis, UsageIncurred)}
    assert set(used) == {"ocr", "vision"}
    assert (used["vision"].tokens_in, used["vision"].tokens_out) == (1200, 20)
    assert used["vision"].cost_usd > 0
    spent, held = await Accounts(redis).spent_and_held(event.tenant_id)
    assert (spent, held) == (used["vision"].cost_usd, 0)
