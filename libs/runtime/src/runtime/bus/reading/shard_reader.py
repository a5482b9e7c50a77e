"""FastStream's side: it reads a stream as a group, and hands over each read as raw entries."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

from faststream import AckPolicy
from faststream.redis import RedisBroker, StreamSub
from faststream.redis.message import BatchStreamMessage, RedisBatchStreamMessage
from redis.exceptions import NoPermissionError

from runtime.bus.reading.subscription import Shard
from runtime.redis_client import RETRY_ON, retry_policy

RawEntries = Sequence[tuple[str, dict[bytes, bytes]]]
Take = Callable[[RawEntries], Awaitable[None]]

# BLOCK wakes at once, so a long interval adds no latency; the socket's time-out must be longer.
POLLING_MS = 4_000
SOCKET_TIMEOUT_S = 6


def make_broker(url: str) -> RedisBroker:
    """One connection per shard reader; a lost connection is retried inside the client.

    FastStream's own recovery sleeps 5 s and logs each message, so neither is used.
    """
    return RedisBroker(
        url,
        logger=cast("Any", None),  # no log line per message; the parameter is typed without None
        apply_types=False,
        graceful_timeout=5,
        socket_timeout=SOCKET_TIMEOUT_S,
        socket_connect_timeout=2,
        health_check_interval=15,
        retry=retry_policy(),
        # A right that was taken away: FastStream would begin to read again 1,700 times a second.
        retry_on_error=[*RETRY_ON, NoPermissionError],
    )


class ShardReader:
    """One shard of one stream, read as one consumer of a group."""

    def __init__(self, broker: RedisBroker, shard: Shard, *, consumer: str, take: Take) -> None:
        self.shard = shard
        sub = StreamSub(
            shard.key,
            group=shard.group,
            consumer=consumer,
            batch=True,
            max_records=shard.subscription.max_records,
            polling_interval=POLLING_MS,
        )

        async def hand_over(entries: RawEntries) -> None:
            await take(entries)

        # FastStream's subscriber factory is typed for its own decoders only.
        self._subscriber = cast("Any", broker).subscriber(
            stream=sub,
            parser=_as_it_is,
            decoder=_entries,
            ack_policy=AckPolicy.MANUAL,
            persistent=False,
        )
        self._subscriber(hand_over)

    async def start(self) -> None:
        """The group must exist: FastStream would make it at the stream's end."""
        await self._subscriber.start()

    async def stop(self) -> None:
        """Read no more. What a read brings while it is cut off stays pending."""
        await self._subscriber.stop()

    @property
    def is_alive(self) -> bool:
        """Whether a task still reads."""
        tasks = cast("list[asyncio.Task[Any]]", self._subscriber.tasks)
        return any(not task.done() for task in tasks)


async def _as_it_is(message: BatchStreamMessage) -> RedisBatchStreamMessage:
    """No parsing here: one body that does not parse must not take the batch with it."""
    return RedisBatchStreamMessage(
        raw_message=message, body=b"", consumer=cast("Any", None), group=None
    )


async def _entries(message: RedisBatchStreamMessage) -> RawEntries:
    raw = message.raw_message
    return [(i.decode(), f) for i, f in zip(raw["message_ids"], raw["data"], strict=True)]
