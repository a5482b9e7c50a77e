"""How much a tenant may ask for in a minute."""

from dataclasses import dataclass
from typing import Protocol

from contracts.ids import TenantId


@dataclass(frozen=True)
class Allowance:
    """What a sliding minute has left.

    Attributes:
        limit: in a minute.
        left: after this request.
        wait_s: until there is room again; 0 when there is.
        reset_s: until all of it is there again.
    """

    limit: int
    left: int
    wait_s: int
    reset_s: int


class RateLimiter(Protocol):
    """How often who did what in the last minute."""

    async def take(self, tenant_id: TenantId, what: str, *, limit: int) -> Allowance:
        """Count one more, unless the limit is reached (then `wait_s` > 0 and nothing counts)."""
        ...
