"""What the gateway may touch in Redis."""

from typing import Any, Final

from contracts.breakers import BREAKERS_KEY, breaker_key
from contracts.knowledge import progress_key
from contracts.rooms import WORKERS_KEY, heartbeat_key
from contracts.tenants import config_key
from runtime.blobs import READS_BLOBS
from runtime.bus import COUNTS_THE_BACKLOG, bus_grants
from runtime.feed import READS_FEEDS, WRITES_FEEDS
from runtime.rates import TAKES_RATES
from runtime.redis_access import Grant
from spending import READS_BUDGETS

_ANY: Final[Any] = "*"

REDIS_ACCESS: Final = (
    *bus_grants("gateway"),
    *COUNTS_THE_BACKLOG,
    *READS_FEEDS,
    *WRITES_FEEDS,
    *READS_BLOBS,
    # Its own notes: who leads the watch over rooms, agents sent, webhooks seen, newest changes.
    Grant(("get", "set"), ("gateway:*", config_key(_ANY))),
    TAKES_RATES,
    *READS_BUDGETS,
    # Which models the router leaves alone.
    Grant(("smembers",), (BREAKERS_KEY,)),
    Grant(("hmget",), (breaker_key("*"),)),
    Grant(
        ("get", "mget"),
        (WORKERS_KEY, heartbeat_key("*", "*"), progress_key(_ANY, _ANY)),
    ),
)
