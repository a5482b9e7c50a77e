from typing import Any, Final

from runtime.rates.model_rates import rate_key
from runtime.redis_access import Grant

_ANY: Final[Any] = "*"

TAKES_RATES: Final = Grant(
    ("hgetall", "hget", "hexists", "hset", "hdel", "pexpire"), (rate_key(_ANY, "*"),)
)
"""Of who looks at windows, takes from them and settles."""
