"""Many facts at once: one commit, and one bad fact does not take the others along."""

from collections.abc import Sequence

from redis.asyncio import Redis

from contracts.errors import RejectedError
from contracts.fact import Envelope
from contracts.knowledge import DocumentRemoved
from contracts.usage import UsageIncurred
from runtime.bus import (
    Caused,
    DeadLetters,
    Publisher,
    Reader,
    provision_streams,
)
from support.bus import (
    a_usage,
    bodies,
    consuming,
    read_by,
    removed,
)


async def test_a_batch_that_fails_is_split_until_the_culprit_is_alone(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    usages = [a_usage(quantity) for quantity in range(20)]
    kept: list[int] = []

    async def on_usage(events: Sequence[Envelope[UsageIncurred]]) -> Sequence[Caused]:
        quantities = [int(event.data.quantity) for event in events]
        if 13 in quantities:
            raise RejectedError("thirteen is not accepted", code="thirteen")
        kept.extend(quantities)
        return []

    await Publisher(redis).publish(*usages)
    async with consuming(valkey_url, "metering", {UsageIncurred: Reader(batch=on_usage)}):
        await read_by(redis, UsageIncurred, "metering")
    assert sorted(kept) == [n for n in range(20) if n != 13]
    (letter,) = await DeadLetters(redis).list()
    assert letter.event_id == str(usages[13].id)


async def test_what_a_batch_returns_follows_from_the_cause_it_names(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    causes = [a_usage(1, tenant="acme"), a_usage(2, tenant="umbrella")]

    async def on_usage(events: Sequence[Envelope[UsageIncurred]]) -> Sequence[Caused]:
        return [Caused(event, removed(str(event.id))) for event in events]

    await Publisher(redis).publish(*causes)
    async with consuming(valkey_url, "metering", {UsageIncurred: Reader(batch=on_usage)}):
        await read_by(redis, UsageIncurred, "metering")
    stated = await bodies(redis, DocumentRemoved)
    assert [(one.cause_id, one.tenant_id) for one in stated] == [
        (one.id, one.tenant_id) for one in causes
    ]
