"""A batch of facts, parted so that each tenant's rows have a transaction of their own."""

from collections.abc import Sequence
from itertools import groupby
from typing import TypeVar

from contracts.fact import Envelope, Fact
from contracts.ids import TenantId

F = TypeVar("F", bound=Fact)


def by_tenant(events: Sequence[Envelope[F]]) -> Sequence[tuple[TenantId, Sequence[Envelope[F]]]]:
    """Every event once, tenants in the order of their ids, a tenant's events in the order given."""
    ordered = sorted(events, key=lambda event: event.tenant_id)
    return [
        (tenant_id, list(rows)) for tenant_id, rows in groupby(ordered, lambda row: row.tenant_id)
    ]
