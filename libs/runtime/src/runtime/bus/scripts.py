"""The Lua scripts of `scripts/`, and the one road on which a process sends them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cache
from hashlib import sha1
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, cast

from redis.exceptions import NoScriptError

from runtime.redis_client import stop_if_cancelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis.asyncio import Redis

Name = Literal[
    "begin",
    "commit",
    "state",
    "renew",
    "reclaim",
    "failed",
    "release",
    "leave",
    "trim",
    "sweep",
]
Argument = str | bytes | int
MAX_PIPELINE = 256


@dataclass(frozen=True)
class Script:
    """Lua text and its SHA-1, by which the server knows it."""

    text: str
    sha: str


@cache
def script(name: Name) -> Script:
    """The file `scripts/<name>.lua` after the prelude."""
    folder = files("runtime.bus") / "scripts"
    text = (folder / "prelude.lua").read_text() + (folder / f"{name}.lua").read_text()
    return Script(text, sha1(text.encode(), usedforsecurity=False).hexdigest())


@dataclass(frozen=True)
class Call:
    """One run of a script: `keys` are declared, `args` follow."""

    name: Name
    keys: Sequence[str]
    args: Sequence[Argument]


async def run_now(redis: Redis, call: Call) -> Any:
    """Run on a connection of its own; for what must not wait in line, such as renewal."""
    lua = script(call.name)
    # redis-py declares these replies for both of its clients at once; here it is the async one.
    client = cast("Any", redis)
    try:
        return await client.evalsha(lua.sha, len(call.keys), *call.keys, *call.args)
    except NoScriptError:
        return await client.eval(lua.text, len(call.keys), *call.keys, *call.args)


class ScriptLine:
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
