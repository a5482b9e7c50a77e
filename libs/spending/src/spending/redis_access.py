"""What the scripts and commands of this package do to the keys of an account."""

from typing import Any, Final

from runtime.redis_access import Grant
from spending.accounts import TENANTS, account_key, charge_key, hold_key, holds_key, unbooked_key

_ANY: Final[Any] = "*"
_ACCOUNTS: Final = account_key(_ANY)
_HOLDS: Final = hold_key(_ANY, _ANY)
_EXPIRIES: Final = holds_key(_ANY)
_CHARGES: Final = charge_key(_ANY, _ANY)
_UNBOOKED: Final = unbooked_key(_ANY)

SPENDS: Final = (
    Grant(("hget", "hincrby"), (_ACCOUNTS,)),
    Grant(("exists", "hget", "hmget", "hset", "del"), (_HOLDS,)),
    Grant(("zadd", "zrem"), (_EXPIRIES,)),
    Grant(("exists", "hset"), (_CHARGES,)),
    Grant(("hset",), (_UNBOOKED,)),
)
"""Of who holds, starts, settles and releases."""

KEEPS_ACCOUNTS: Final = (
    *SPENDS,
    Grant(("hexists", "hsetnx", "hmget"), (_ACCOUNTS,)),
    Grant(("sadd", "smembers"), (TENANTS,)),
    Grant(("zrangebyscore",), (_EXPIRIES,)),
    Grant(("hget", "hmget", "hset", "hdel", "expire", "hgetall"), (_CHARGES, _UNBOOKED)),
)
"""Of who makes accounts, sweeps holds and compares with the ledger."""
