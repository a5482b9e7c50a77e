"""Wait for something to become true, with a deadline instead of a sleep."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar, cast

T = TypeVar("T")
POLL_S = 0.01


class _Anything:
    """Stands for "anything true", so that None and False can be waited for by name."""


ANYTHING: Final = _Anything()


async def eventually(
    look: Callable[[], Awaitable[T] | T],
    *,
    equals: object = ANYTHING,
    timeout_s: float = 8.0,
    every_s: float = POLL_S,
) -> T:
    """What `look` gives once it is true (or equals `equals`).

    Raises:
        AssertionError: it never was, within the time; names the last thing seen.
    """
    deadline = asyncio.get_running_loop().time() + timeout_s
    while True:
        seen = look()
        value = cast("T", await seen if inspect.isawaitable(seen) else seen)
        if bool(value) if equals is ANYTHING else value == equals:
            return value
        if asyncio.get_running_loop().time() >= deadline:
            wanted = "something true" if equals is ANYTHING else repr(equals)
            raise AssertionError(f"wanted {wanted} within {timeout_s} s, last saw {value!r}")
        await asyncio.sleep(every_s)
