"""Which of two agents takes what both hear or read; two may be in a room for moments."""

import asyncio
from collections.abc import Awaitable

from contracts.errors import UnavailableError


async def is_ours(claim: Awaitable[bool], *, timeout_s: float) -> bool:
    """What the claim says in that time; else yes: without Redis nobody knows of another agent."""
    try:
        async with asyncio.timeout(timeout_s):
            return await claim
    except (UnavailableError, TimeoutError):
        return True
