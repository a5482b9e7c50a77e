"""So many of something at once in this process, and of one tenant in it."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from contracts.errors import RejectedError
from contracts.ids import TenantId


@dataclass
class TenantSlots:
    """Who holds how many.

    Attributes:
        most: of all tenants together.
        most_of_a_tenant: of each.
        refusal: what somebody is told for whom there is none.
    """

    most: int
    most_of_a_tenant: int
    refusal: str
    _held: Counter[TenantId] = field(default_factory=Counter[TenantId])

    @contextmanager
    def take(self, tenant_id: TenantId, *, most_of_plan: int | None = None) -> Generator[None]:
        """One of them for the length of the block.

        Raises:
            RejectedError: code "busy"; the process or the tenant has all it may have.
        """
        most = self.most_of_a_tenant if most_of_plan is None else most_of_plan
        of_a_tenant = min(self.most_of_a_tenant, most)
        if self._held.total() >= self.most or self._held[tenant_id] >= of_a_tenant:
            raise RejectedError(self.refusal, code="busy")
        self._held[tenant_id] += 1
        try:
            yield
        finally:
            self._held[tenant_id] -= 1
            self._held += Counter()  # forgets who has none
