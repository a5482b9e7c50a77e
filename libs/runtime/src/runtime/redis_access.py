"""What a service may do in Redis: declared beside what owns the keys, checked at every start.

Each service has a user of its own there (docs/decisions/0019-a-redis-user-per-service.md), whose
rules `parley provision` makes of these grants.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import unquote, urlsplit

from redis.asyncio import Redis

from runtime.redis_client import RedisDeniedError, reply_of


@dataclass(frozen=True)
class Grant:
    """These commands on these keys, and no others by it.

    Attributes:
        commands: lower case; `xinfo|groups` for a subcommand. One that takes several keys takes
            them all from one grant.
        keys: patterns, `*` for any text; () for commands that take no key.
    """

    commands: tuple[str, ...]
    keys: tuple[str, ...] = ()


# INFO (of which the consumer asks how full Redis is) counts as dangerous there; no other here does.
CONNECTS: Final = Grant(
    (
        *("auth", "hello", "ping", "select", "client|setinfo", "client|setname", "info", "time"),
        *("multi", "exec", "discard", "script|load", "script|exists"),
    )
)
RUNS_SCRIPTS: Final = ("eval", "evalsha")
"""A script may name whatever its caller may name; each call inside is checked by itself."""


def acl_rules(grants: Iterable[Grant]) -> list[str]:
    """What ACL SETUSER and an ACL file take, from nothing on: all that is not named is refused."""
    grants = list(grants)
    named = sorted({key for grant in grants for key in grant.keys})
    first = [f"+{command}" for command in (*CONNECTS.commands, *RUNS_SCRIPTS)]
    rules = ["resetkeys", "resetchannels", "clearselectors", "-@all", *first]
    rules += [f"~{key}" for key in named]
    return rules + [_selector(grant) for grant in grants]


def _selector(grant: Grant) -> str:
    words = [f"+{command}" for command in grant.commands] + [f"~{key}" for key in grant.keys]
    return f"({' '.join(words)})"


# ARGV[1]: calls, a JSON list of lists of words. Returns which of them are refused, from 1 on.
# The function came with Redis 7; a server without it is not asked.
ASK: Final = """
local refused = {}
for i, call in ipairs(cjson.decode(ARGV[1])) do
  local known, allowed = pcall(redis.acl_check_cmd, unpack(call))
  if known and not allowed then refused[#refused + 1] = i end
end
return refused
"""


async def check_access(redis: Redis, url: str, grants: Sequence[Grant]) -> None:
    """Whether the user of `url`, as which `redis` connects, has all these rights. Changes nothing.

    Raises:
        RedisDeniedError: it lacks one; the message names the first.
        UnavailableError: Redis does not answer.
    """
    asked = [(command, key) for one in grants for command in one.commands for key in one.keys]
    asked += [(command, key) for _, key in asked for command in RUNS_SCRIPTS]
    asked += [(command, "") for command in CONNECTS.commands]
    calls = json.dumps([_call(command, key) for command, key in asked])
    # redis-py types replies for both of its protocols at once.
    refused = cast("list[int]", await reply_of(cast("Any", redis).eval(ASK, 0, calls)))
    if refused:
        command, key = asked[refused[0] - 1]
        what = command.upper().replace("|", " ") + (f" on {key}" if key else "")
        more = f" (nor {len(refused) - 1} other commands)" if len(refused) > 1 else ""
        raise RedisDeniedError(
            f"the Redis user `{user_of(url)}` may not run {what}{more}: "
            "run `parley provision` as a user who may make users"
        )


def user_of(url: str) -> str:
    """The user that an address names; Redis calls the one without a name `default`."""
    return unquote(urlsplit(url).username or "") or "default"


def _call(command: str, key: str) -> list[str]:
    """Words by which the server finds the key."""
    match command:
        case "xreadgroup":
            return [command, "GROUP", "g", "c", "STREAMS", key, ">"]
        case "xread":
            return [command, "STREAMS", key, "0"]
        case "eval" | "evalsha":
            return [command, "", "1", key]
        case _:
            return [*command.split("|"), *([key] if key else [])]
