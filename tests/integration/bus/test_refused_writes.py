"""What a delivery whose writes Redis refuses leaves behind: nothing, and it comes again."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from redis.asyncio import Redis

from cli.provisioning.redis_users import grants_of
from cli.provisioning.services import ServiceUnit
from contracts.conversation import AnswerRefused, TurnTaken
from contracts.fact import Envelope, Fact
from contracts.streams import any_shard, done_key, stream_key
from runtime.bus import Publisher, Reader, provision_streams
from runtime.redis_access import Grant, acl_rules
from support.bus import a_turn, bodies, consuming, read_by
from support.eventually import eventually
from support.servers import as_service, redis_users_made

ROUTER = "llm-router"
REFUSALS = any_shard(stream_key(AnswerRefused.event_type, 0))


def without_refusals() -> Sequence[Grant]:
    """As declared, but that the router may only count the entries of one of its streams."""
    grants = [
        replace(grant, keys=tuple(key for key in grant.keys if key != REFUSALS))
        for grant in grants_of(ServiceUnit(ROUTER))
    ]
    return [*grants, Grant(("xlen",), (REFUSALS,))]


async def test_a_write_that_redis_refuses_leaves_no_mark_and_is_made_when_it_may_be(
    redis: Redis, valkey_url: str
) -> None:
    untyped: Any = redis
    await provision_streams(redis)
    turn, runs = a_turn(), [0]

    async def on_turn_taken(event: Envelope[TurnTaken]) -> Sequence[Fact]:
        runs[0] += 1
        return [
            AnswerRefused(
                turn_id=event.data.turn_id, channel="chat", reason="internal", text="Sorry."
            )
        ]

    await untyped.execute_command("ACL", "SETUSER", ROUTER, *acl_rules(without_refusals()))
    try:
        url = as_service(valkey_url, ROUTER)
        async with consuming(url, ROUTER, {TurnTaken: Reader(on_turn_taken)}):
            await Publisher(redis).publish(turn)
            await eventually(lambda: runs[0] >= 2, timeout_s=20)
            assert await redis.exists(done_key(ROUTER, str(turn.id), 0)) == 0
            assert await bodies(redis, AnswerRefused) == []
            await redis_users_made(valkey_url)
            await read_by(redis, TurnTaken, ROUTER, timeout_s=20)
    finally:
        await redis_users_made(valkey_url)
    assert [stated.cause_id for stated in await bodies(redis, AnswerRefused)] == [turn.id]
