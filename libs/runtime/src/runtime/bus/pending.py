"""How far each group is: what `parley facts` prints, autoscalers use, and the demo waits for."""

from dataclasses import dataclass

from redis.asyncio import Redis


@dataclass(frozen=True)
class GroupFigures:
    """One group on one stream, over all shards.

    Attributes:
        lag: entries not read yet.
        pending: entries read, not finished.
        oldest_ms: age of the oldest entry the group still needs; None when it needs none.
    """

    event_type: str
    group: str
    lag: int
    pending: int
    oldest_ms: int | None


async def group_figures(redis: Redis, *, shards: int = 1) -> list[GroupFigures]:
    """Every group of the catalogue, in its order. A stream or group not provisioned has zeros.

    Raises:
        UnavailableError: Redis does not answer.
    """
    raise NotImplementedError


async def pending_facts(redis: Redis, *, shards: int = 1) -> int:
    """Lag + pending over all groups: 0 when everything stated has been handled by everyone."""
    figures = await group_figures(redis, shards=shards)
    return sum(row.lag + row.pending for row in figures)
