"""Names of an account's keys in Redis, and money as it stands there.

Money in Redis is whole nano-dollars (1e-9 USD), exact up to 9 million dollars in Lua's doubles.
Every key of an account carries the tenant as hash tag, so one script may touch them all.
"""

from decimal import ROUND_CEILING, Decimal
from importlib.resources import files
from typing import Final

from contracts.ids import SessionId, TenantId, UsageId

NANO: Final = Decimal(1_000_000_000)
UNLIMITED: Final = "none"
TENANTS: Final = "accounts"


def nano(usd: Decimal) -> int:
    """Rounded up, so that a hold is never smaller than its bound."""
    return int((usd * NANO).to_integral_value(ROUND_CEILING))


def nano_or_none(usd: Decimal | None) -> str:
    """Of a limit."""
    return UNLIMITED if usd is None else str(nano(usd))


def usd_of(raw: bytes | None) -> Decimal:
    """US dollars of a field; one that is missing is 0."""
    return Decimal((raw or b"0").decode()) / NANO


def limit_of(raw: bytes | None) -> Decimal | None:
    """None: no limit."""
    return None if raw is None or raw.decode() == UNLIMITED else usd_of(raw)


def account_key(tenant_id: TenantId) -> str:
    return f"account:{{{tenant_id}}}"


def hold_key(tenant_id: TenantId, usage_id: UsageId) -> str:
    return f"hold:{{{tenant_id}}}:{usage_id}"


def holds_key(tenant_id: TenantId) -> str:
    """The usage ids of a tenant's holds, by when each expires."""
    return f"holds:{{{tenant_id}}}"


def charge_key(tenant_id: TenantId, usage_id: UsageId) -> str:
    """What a use was charged; the fact that says so too, until the ledger has it."""
    return f"charge:{{{tenant_id}}}:{usage_id}"


def unbooked_key(tenant_id: TenantId) -> str:
    """Charges that the ledger is not known to have, by usage id."""
    return f"unbooked:{{{tenant_id}}}"


def averages_key(tenant_id: TenantId) -> str:
    """What a tenant's calls come to, by kind and model."""
    return f"averages:{{{tenant_id}}}"


def session_key(tenant_id: TenantId, session_id: SessionId) -> str:
    """What one session has spent and holds."""
    return f"session-account:{{{tenant_id}}}:{session_id}"


def session_keys(tenant_id: TenantId, session_id: SessionId | None) -> list[str]:
    """None for what belongs to no session."""
    return [] if session_id is None else [session_key(tenant_id, session_id)]


def script(name: str) -> str:
    """Lua, with what every script of an account begins with."""
    scripts = files("spending") / "scripts"
    return f"{(scripts / 'account.lua').read_text()}\n{(scripts / f'{name}.lua').read_text()}"
