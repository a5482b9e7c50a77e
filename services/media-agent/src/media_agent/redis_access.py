"""What the media agent may touch in Redis."""

from typing import Final

from contracts.ids import TenantId
from contracts.rooms import WORKERS_KEY, heartbeat_key
from contracts.tenants import config_key
from runtime.blobs import STORES_BLOBS
from runtime.bus import bus_grants
from runtime.feed import READS_FEEDS, WRITES_FEEDS
from runtime.redis_access import Grant
from spending import SPENDS

REDIS_ACCESS: Final = (
    *bus_grants("media-agent"),
    *READS_FEEDS,
    *WRITES_FEEDS,
    *STORES_BLOBS,
    *SPENDS,
    Grant(("get",), (config_key(TenantId("*")),)),
    # What the agents of one meeting leave to each other.
    Grant(("get", "set"), ("meeting:*",)),
    Grant(("set", "del"), (heartbeat_key("*", "*"),)),
    Grant(("incrby",), (WORKERS_KEY,)),  # as redis-py sends INCR
)
