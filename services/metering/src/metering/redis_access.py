"""What metering may touch in Redis."""

from typing import Final

from runtime.bus import bus_grants
from runtime.redis_access import Grant
from spending import KEEPS_ACCOUNTS

REDIS_ACCESS: Final[tuple[Grant, ...]] = (*bus_grants("metering"), *KEEPS_ACCOUNTS)
