"""Work that goes on beside other work, and ends with it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def background(
    *works: Callable[[], Coroutine[Any, Any, None]],
) -> AsyncGenerator[asyncio.TaskGroup]:
    """All of these run while the block lasts, and are cancelled at its end.

    The first failure, of theirs or of the block, ends the others and comes out as itself: the bus
    tells failures apart by their class, and a group would only say that tasks were used.
    """
    try:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(work()) for work in works]
            yield tasks
            for task in running:
                task.cancel()
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from group
