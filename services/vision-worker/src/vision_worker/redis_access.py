"""What the vision worker may touch in Redis."""

from typing import Final

from contracts.ids import TenantId
from contracts.tenants import config_key
from hosted_models.breakers import BREAKERS
from runtime.blobs import READS_BLOBS
from runtime.bus import bus_grants
from runtime.feed import WRITES_FEEDS
from runtime.redis_access import Grant
from spending import SPENDS

REDIS_ACCESS: Final[tuple[Grant, ...]] = (
    *bus_grants("vision-worker"),
    *WRITES_FEEDS,
    *READS_BLOBS,
    *SPENDS,
    *BREAKERS,
    Grant(("get",), (config_key(TenantId("*")),)),
)
