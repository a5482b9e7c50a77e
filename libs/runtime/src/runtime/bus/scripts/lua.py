"""The Lua scripts beside this file, and how one of them is run."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha1
from importlib.resources import files
from typing import Any, Literal, cast

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

Name = Literal[
    "begin",
    "running",
    "commit",
    "state",
    "state_once",
    "renew",
    "reclaim",
    "unread",
    "failed",
    "release",
    "leave",
    "trim",
    "sweep",
]
Argument = str | bytes | int


@dataclass(frozen=True)
class Script:
    """Lua text and its SHA-1, by which the server knows it."""

    text: str
    sha: str


@cache
def script(name: Name) -> Script:
    """The file `scripts/<name>.lua` after the prelude."""
    folder = files("runtime.bus.scripts")
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
