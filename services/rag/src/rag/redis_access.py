"""What rag may touch in Redis."""

from typing import Any, Final

from contracts.knowledge import newest_change_key, progress_key
from contracts.tenants import config_key
from runtime.bus import bus_grants
from runtime.redis_access import Grant
from spending import SPENDS

_ANY: Final[Any] = "*"

REDIS_ACCESS: Final = (
    *bus_grants("rag"),
    *SPENDS,
    Grant(("get",), (config_key(_ANY), newest_change_key(_ANY, _ANY))),
    Grant(("get", "set"), ("rag:question:*",)),
    Grant(("set", "expire"), (progress_key(_ANY, _ANY),)),
)
