"""How a process sends its scripts: what many workers ask for goes together in one round trip."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from runtime.bus.scripts.lua import Call, run_now, script
from runtime.cancellation import stop_if_cancelled

MAX_PIPELINE = 256


class ScriptPipeline:
    """Sends the scripts of many workers in few round trips.

    What comes while one round trip is under way goes together in the next; `serve` must run as
    long as anybody calls `run`.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting: list[tuple[Call, asyncio.Future[Any]]] = []
        self._some = asyncio.Event()

    async def run(self, call: Call) -> Any:
        """The script's reply.

        Raises:
            redis.exceptions.RedisError: the connection failed for longer than the client retries,
                or the server refused the script.
        """
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((call, future))
        self._some.set()
        return await future

    async def serve(self) -> None:
        """Until cancelled."""
        while True:
            stop_if_cancelled()
            await self._some.wait()
            batch, self._waiting = self._waiting[:MAX_PIPELINE], self._waiting[MAX_PIPELINE:]
            if not self._waiting:
                self._some.clear()
            try:
                replies: list[Any] = await self._send([call for call, _ in batch])
            except Exception as error:  # noqa: BLE001 - handed to every caller, who decides
                replies = [error] * len(batch)
            for (_, future), reply in zip(batch, replies, strict=True):
                if future.done():
                    continue
                if isinstance(reply, Exception):
                    future.set_exception(reply)
                else:
                    future.set_result(reply)

    async def _send(self, calls: Sequence[Call]) -> list[Any]:
        if len(calls) == 1:
            return [await run_now(self._redis, calls[0])]
        pipe = self._redis.pipeline(transaction=False)
        for call in calls:
            cast("Any", pipe).evalsha(script(call.name).sha, len(call.keys), *call.keys, *call.args)
        replies = await pipe.execute(raise_on_error=False)
        for i, reply in enumerate(replies):
            if isinstance(reply, NoScriptError):
                replies[i] = await run_now(self._redis, calls[i])
        return replies
