"""What the router may touch in Redis."""

from typing import Final

from contracts.ids import TenantId
from contracts.tenants import config_key
from hosted_models.breakers import BREAKERS
from runtime.blobs import READS_BLOBS
from runtime.bus import bus_grants
from runtime.feed import WRITES_FEEDS
from runtime.redis_access import Grant
from spending import SPENDS

REDIS_ACCESS: Final = (
    *bus_grants("llm-router"),
    *WRITES_FEEDS,
    *SPENDS,
    *READS_BLOBS,
    Grant(("get",), (config_key(TenantId("*")),)),
    # Lanes and conclusions of turns; the board and the screen memory, read together.
    Grant(("hdel", "hexists", "hgetall", "hincrby", "hmget", "hset", "pexpire"), ("lane:*",)),
    Grant(("get", "set"), ("conclusion:*",)),
    Grant(("xadd", "xread", "pexpire"), ("board:*", "screen:*")),
    Grant(("xadd", "xrange", "xrevrange", "xdel", "pexpire"), ("screen-history:*",)),
    Grant(("lrange", "rpush", "ltrim", "pexpire"), ("told:*",)),
    *BREAKERS,
)
