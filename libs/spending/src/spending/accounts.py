"""A tenant's account in Redis: what is spent, what is held, and the limit.

Money in Redis is whole nano-dollars (1e-9 USD), exact up to 9 million dollars in Lua's doubles.
Every key of an account carries the tenant as hash tag, so one script may touch them all.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from importlib.resources import files
from typing import Any, Final, cast
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from contracts.errors import RejectedError
from contracts.fact import Envelope
from contracts.ids import TENANT_PATTERN, TenantId, UsageId
from contracts.usage import UsageIncurred
from runtime.bad_rows import report_bad_row
from runtime.ids import new_id
from runtime.redis_client import reply_of

NANO: Final = Decimal(1_000_000_000)
UNLIMITED: Final = "none"
TENANTS: Final = "accounts"
UNREADABLE_AGAIN: Final = timedelta(hours=1)
"""A hold that cannot be read goes to the end of its index for so long."""
CORRECTED_FOR_S: Final = 30 * 24 * 3600
"""Longer than a usage fact can be delivered again."""


class BudgetRefusedError(RejectedError):
    """The hold would cross the tenant's limit."""

    code = "budget"


class NoAccountError(RejectedError):
    """The tenant has no account; `parley provision` and metering make it."""

    code = "no_account"


@dataclass(frozen=True)
class ExpiredHold:
    """A hold whose time is over.

    Attributes:
        usage_id: of the use that was held for.
        started: the provider may have charged it.
        charge: what the holder left to be stated in that case, at the upper bound.
    """

    usage_id: UsageId
    started: bool
    charge: Envelope[UsageIncurred]


def nano(usd: Decimal) -> int:
    """Rounded up, so that a hold is never smaller than its bound."""
    return int((usd * NANO).to_integral_value(ROUND_CEILING))


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


class Accounts:
    """The scripts of those who spend. Each is harmless twice."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._hold = redis.register_script(script("hold"))
        self._started = redis.register_script(script("started"))
        self._release = redis.register_script(script("release"))
        self._settle = redis.register_script(script("settle"))

    async def make(self, tenant_id: TenantId, *, spent_usd: Decimal = Decimal(0)) -> bool:
        """Make an account without a limit. False: it was there, and is unchanged."""
        key = account_key(tenant_id)
        made = await reply_of(self._redis.hsetnx(key, "spent", str(nano(spent_usd))))
        await reply_of(self._redis.hsetnx(key, "limit", UNLIMITED))
        await reply_of(self._redis.hsetnx(key, "opened", str(new_id())))
        await reply_of(self._redis.sadd(TENANTS, tenant_id))
        return bool(made)

    async def tenants(self) -> list[TenantId]:
        """Whoever has an account, in no order."""
        members = cast(set[bytes], await reply_of(self._redis.smembers(TENANTS)))
        names = [member.decode(errors="replace") for member in members]
        return [TenantId(name) for name in names if re.fullmatch(TENANT_PATTERN, name)]

    async def exists(self, tenant_id: TenantId) -> bool:
        """Whether the tenant has an account."""
        return bool(await reply_of(self._redis.hexists(account_key(tenant_id), "spent")))

    async def hold(
        self,
        tenant_id: TenantId,
        usage_id: UsageId,
        upper_usd: Decimal,
        *,
        expires_at: datetime,
        body: bytes,
    ) -> None:
        """Set money aside; the same id again changes nothing.

        Raises:
            BudgetRefusedError: spent + held + upper bound would cross the limit.
            NoAccountError: the tenant has no account.
            UnavailableError: Redis did not answer.
        """
        reply = await reply_of(
            self._hold(
                keys=self._keys(tenant_id, usage_id),
                args=[str(usage_id), nano(upper_usd), _ms(expires_at), body],
            )
        )
        if reply == b"missing":
            raise NoAccountError("this tenant has no account; run `parley provision`")
        if reply == b"refused":
            raise BudgetRefusedError("the tenant's budget is used up")

    async def started(self, tenant_id: TenantId, usage_id: UsageId) -> bool:
        """From now on an expired hold is charged, not released. False: the hold is gone."""
        reply = await reply_of(self._started(keys=self._keys(tenant_id, usage_id), args=[]))
        return reply == b"started"

    async def release(self, tenant_id: TenantId, usage_id: UsageId) -> bool:
        """Free a hold whose call was not made. False: it has started meanwhile, or is gone."""
        reply = await reply_of(
            self._release(keys=self._keys(tenant_id, usage_id), args=[str(usage_id)])
        )
        return reply == b"released"

    async def settle(self, stated: Envelope[UsageIncurred]) -> bool:
        """Turn the hold into what was spent; a use that was charged before is not charged again.

        Args:
            stated: the fact that says what was spent, already published. It is kept until the
                ledger has it, so that it can be stated again if Redis loses it.

        Returns:
            False: the hold was settled, swept or lost before, and nothing changed. What the fact
            of this use says is charged when the ledger books it.
        """
        tenant_id, used = stated.tenant_id, stated.data
        reply = await reply_of(
            self._settle(
                keys=[
                    *self._keys(tenant_id, used.usage_id),
                    charge_key(tenant_id, used.usage_id),
                    unbooked_key(tenant_id),
                ],
                args=[str(used.usage_id), nano(used.cost_usd), stated.model_dump_json()],
            )
        )
        return reply == b"settled"

    async def expired(
        self, tenant_id: TenantId, now: datetime, *, limit: int = 100
    ) -> list[ExpiredHold]:
        """Holds past their time, oldest first, without those settled meanwhile; still held.

        One that cannot be read stays held, and is looked at again after an hour.
        """
        zset = holds_key(tenant_id)
        ids = cast(
            list[bytes],
            await reply_of(
                cast(Any, self._redis).zrangebyscore(zset, "-inf", _ms(now), start=0, num=limit)
            ),
        )
        found: list[ExpiredHold] = []
        for raw in ids:
            try:
                hold = await self._read(tenant_id, raw)
            except (ValueError, ResponseError) as error:
                report_bad_row("hold", raw.decode(errors="replace"), error)
                again = {raw: _ms(now + UNREADABLE_AGAIN)}
                await reply_of(cast(Any, self._redis).zadd(zset, again, xx=True))
                continue
            if hold is not None:
                found.append(hold)
        return found

    async def _read(self, tenant_id: TenantId, raw: bytes) -> ExpiredHold | None:
        """None: it was settled meanwhile."""
        usage_id = UsageId(UUID(raw.decode()))
        key = self._keys(tenant_id, usage_id)[1]
        row = cast(list[bytes | None], await reply_of(self._redis.hmget(key, ["started", "body"])))
        if row[1] is None:
            return None
        charge = Envelope[UsageIncurred].model_validate_json(row[1])
        return ExpiredHold(usage_id, row[0] == b"1", charge)

    async def spent_and_held(self, tenant_id: TenantId) -> tuple[Decimal, Decimal]:
        """US dollars spent and set aside.

        Raises:
            NoAccountError: the tenant has no account.
        """
        row = cast(
            list[bytes | None],
            await reply_of(self._redis.hmget(account_key(tenant_id), ["spent", "held"])),
        )
        if row[0] is None:
            raise NoAccountError("this tenant has no account; run `parley provision`")
        return Decimal(row[0].decode()) / NANO, Decimal((row[1] or b"0").decode()) / NANO

    @staticmethod
    def _keys(tenant_id: TenantId, usage_id: UsageId) -> list[str]:
        return [
            account_key(tenant_id),
            hold_key(tenant_id, usage_id),
            holds_key(tenant_id),
        ]


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def script(name: str) -> str:
    return (files("spending") / "scripts" / f"{name}.lua").read_text()
