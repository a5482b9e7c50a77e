"""Which tenants have a label of their own: those of the most traffic; the rest are `other`."""

import re
from collections.abc import Callable, Iterable
from typing import Final

from prometheus_client import Metric as Family
from prometheus_client.samples import Sample

from contracts.ids import TENANT_PATTERN
from contracts.metrics import TENANT

OTHER: Final = "other"
MOST_NAMED: Final = 20
"""With the models, complexities and outcomes of each, within the series that a metric may have."""
MOST_TRACKED: Final = 1_000
"""Whose traffic is known; a newcomer takes the place and the count of the smallest of them
(Space-Saving, Metwally et al. 2005)."""
AHEAD_RATIO: Final = 1.1
AHEAD_COUNT: Final = 10
"""By so much more traffic a tenant takes another's label: equals do not change places for ever."""


class TopTenants:
    """Counts the traffic of this process by tenant."""

    def __init__(self, leave: Callable[[str], None], *, most: int = MOST_NAMED) -> None:
        """`leave` is told whose label goes to another tenant."""
        self._leave, self._most = leave, most
        self._named: set[str] = set()
        self._counts: dict[str, int] = {}

    def label(self, tenant_id: str) -> str:
        """The tenant or `other`; counts it once more. What cannot be a tenant's name is `other`."""
        if not re.fullmatch(TENANT_PATTERN, tenant_id):
            return OTHER
        self._count(tenant_id)
        if tenant_id in self._named:
            return tenant_id
        if len(self._named) >= self._most:
            least = min(self._named, key=self._counts.__getitem__)
            if self._counts[tenant_id] <= self._counts[least] * AHEAD_RATIO + AHEAD_COUNT:
                return OTHER
            self._named.remove(least)
            self._leave(least)
        self._named.add(tenant_id)
        return tenant_id

    def _count(self, tenant_id: str) -> None:
        if tenant_id not in self._counts and len(self._counts) >= MOST_TRACKED:
            rest = [one for one in self._counts if one not in self._named]
            least = min(rest, key=self._counts.__getitem__)
            self._counts[tenant_id] = self._counts.pop(least)
        self._counts[tenant_id] = self._counts.get(tenant_id, 0) + 1


def with_top_tenants(families: Iterable[Family], *, most: int = MOST_NAMED) -> list[Family]:
    """Families whose tenants of the least traffic are renamed to `other`, in new objects.

    Samples that become alike stand there more than once; whoever takes them adds them up.
    """
    families = list(families)
    traffic: dict[str, float] = {}
    for family in families:
        own = [sample for sample in family.samples if TENANT in sample.labels]
        whole = sum(sample.value for sample in own) or 1
        for sample in own:
            name = sample.labels[TENANT]
            traffic[name] = traffic.get(name, 0) + sample.value / whole
    named = set(sorted(traffic, key=traffic.__getitem__, reverse=True)[:most])
    return [_renamed(family, named) for family in families]


def _renamed(family: Family, named: set[str]) -> Family:
    renamed = Family(family.name, family.documentation, family.type)
    renamed.samples = [_of_other(one) if _is_small(one, named) else one for one in family.samples]
    return renamed


def _is_small(sample: Sample, named: set[str]) -> bool:
    return TENANT in sample.labels and sample.labels[TENANT] not in named


def _of_other(sample: Sample) -> Sample:
    return sample._replace(labels={**sample.labels, TENANT: OTHER})
