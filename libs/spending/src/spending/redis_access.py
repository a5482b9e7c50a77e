"""What the scripts and commands of this package do to the keys of an account."""

from typing import Any, Final

from runtime.redis_access import Grant
from spending.account_keys import (
    TENANTS,
    account_key,
    averages_key,
    charge_key,
    hold_key,
    holds_key,
    session_key,
    unbooked_key,
)

_ANY: Final[Any] = "*"
_ACCOUNTS: Final = account_key(_ANY)
_HOLDS: Final = hold_key(_ANY, _ANY)
_EXPIRIES: Final = holds_key(_ANY)
_CHARGES: Final = charge_key(_ANY, _ANY)
_UNBOOKED: Final = unbooked_key(_ANY)
_AVERAGES: Final = averages_key(_ANY)
_SESSIONS: Final = session_key(_ANY, _ANY)

READS_BUDGETS: Final = (Grant(("hmget",), (_ACCOUNTS,)),)
"""Of who asks what a tenant may still spend, and on which step it stands."""

SPENDS: Final = (
    *READS_BUDGETS,
    Grant(("hget", "hgetall", "hincrby", "hset", "hdel"), (_ACCOUNTS,)),
    Grant(("hmget", "hincrby", "expire"), (_SESSIONS,)),
    Grant(("hget", "hset", "hdel"), (_AVERAGES,)),
    Grant(("exists", "hget", "hmget", "hset", "del"), (_HOLDS,)),
    Grant(("zadd", "zrem"), (_EXPIRIES,)),
    Grant(("exists", "hset"), (_CHARGES,)),
    Grant(("hset",), (_UNBOOKED,)),
)
"""Of who holds, starts, settles and releases."""

KEEPS_ACCOUNTS: Final = (
    *SPENDS,
    Grant(("hexists",), (_ACCOUNTS,)),
    Grant(("hget", "hset"), (_SESSIONS,)),
    Grant(("sadd", "smembers"), (TENANTS,)),
    Grant(("zrangebyscore",), (_EXPIRIES,)),
    Grant(("hget", "hmget", "hset", "hdel", "expire", "hgetall"), (_CHARGES, _UNBOOKED)),
)
"""Of who makes accounts, sweeps holds and compares with the ledger."""
