"""A tenant's account in Redis: what is spent in which month, what is held, and the limits.

Its months end, and its holds expire, by the clock of Redis: a spender's may be wrong.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, cast
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from contracts.errors import RejectedError
from contracts.fact import Envelope
from contracts.ids import TENANT_PATTERN, SessionId, TenantId, UsageId
from contracts.usage import Month, UsageIncurred, UsageKind
from runtime.bad_rows import report_bad_row
from runtime.ids import new_id
from runtime.redis_client import reply_of
from spending.account_keys import (
    TENANTS,
    account_key,
    averages_key,
    charge_key,
    hold_key,
    holds_key,
    nano,
    script,
    session_key,
    session_keys,
    unbooked_key,
    usd_of,
)
from spending.averages import Average
from spending.steps import AccountBudget, Noticed, read_budgets
from spending.terms import Terms, as_fields

UNREADABLE_AGAIN: Final = timedelta(hours=1)
"""A hold that cannot be read goes to the end of its index for so long."""
SESSION_KEPT: Final = timedelta(days=8)
"""As in `account.lua`: a session lives at most seven days."""
REFUSALS: Final = {
    b"month": "the tenant's budget is used up",
    b"session": "the session's budget is used up",
}
NO_ACCOUNT: Final = (
    "this tenant has no account yet; metering makes it within seconds, `parley provision` a new one"
)


class BudgetRefusedError(RejectedError):
    """The hold would cross the tenant's limit, of the month or of the session."""

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


class Accounts:
    """The scripts of those who spend, and of who keeps the accounts. Each is harmless twice."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._hold = redis.register_script(script("hold"))
        self._started = redis.register_script(script("started"))
        self._release = redis.register_script(script("release"))
        self._settle = redis.register_script(script("settle"))
        self._keep = redis.register_script(script("keep"))
        self._notice = redis.register_script(script("notice"))

    async def make(
        self,
        tenant_id: TenantId,
        *,
        spent_usd: Mapping[Month, Decimal] | None = None,
        terms: Terms | None = None,
    ) -> bool:
        """Make an account. False: it was there, and is unchanged.

        Args:
            tenant_id: whose.
            spent_usd: by month; None: nothing was ever spent.
            terms: None: nobody set a budget.
        """
        reply = await self._kept(tenant_id, "1", terms or Terms(), spent_usd or {})
        await reply_of(self._redis.sadd(TENANTS, tenant_id))
        return reply == b"made"

    async def apply(
        self, tenant_id: TenantId, terms: Terms, *, spent_usd: Mapping[Month, Decimal]
    ) -> bool:
        """Have an account go by its terms; older ones than it has change nothing.

        Args:
            tenant_id: whose.
            terms: as the ledger knows them.
            spent_usd: by month, for an account of the version before, which knows no months.

        Returns:
            False: the tenant has no account.
        """
        return await self._kept(tenant_id, "0", terms, spent_usd) != b"missing"

    async def _kept(
        self, tenant_id: TenantId, makes: str, terms: Terms, spent_usd: Mapping[Month, Decimal]
    ) -> bytes:
        given = as_fields(terms, await self._now(), spent_usd)
        args = [makes, str(new_id()), given]
        return cast(bytes, await reply_of(self._keep(keys=[account_key(tenant_id)], args=args)))

    async def restore_sessions(
        self, tenant_id: TenantId, spent_usd: Mapping[SessionId, Decimal]
    ) -> None:
        """What sessions of the last days have spent; before the account is made again."""
        pipe = self._redis.pipeline(transaction=False)
        for session_id, usd in spent_usd.items():
            key = session_key(tenant_id, session_id)
            pipe.hset(key, mapping={"spent": str(nano(usd)), "held": "0"})
            pipe.expire(key, SESSION_KEPT)
        await reply_of(pipe.execute())

    async def tenants(self) -> list[TenantId]:
        """Whoever has an account, in no order."""
        members = cast(set[bytes], await reply_of(self._redis.smembers(TENANTS)))
        names = [member.decode(errors="replace") for member in members]
        return [TenantId(name) for name in names if re.fullmatch(TENANT_PATTERN, name)]

    async def missing(self, tenants: Sequence[TenantId]) -> list[TenantId]:
        """Those of them that have no account."""
        pipe = self._redis.pipeline(transaction=False)
        for tenant_id in tenants:
            pipe.hexists(account_key(tenant_id), "spent")
        are_there = cast(list[int], await reply_of(pipe.execute()) if tenants else [])
        return [one for one, is_there in zip(tenants, are_there, strict=True) if not is_there]

    async def budget(self, tenant_id: TenantId) -> AccountBudget:
        """What the account says of the month.

        Raises:
            NoAccountError: the tenant has no account.
            UnavailableError: Redis did not answer.
        """
        found = await self.budgets([tenant_id])
        if tenant_id not in found:
            raise NoAccountError(NO_ACCOUNT)
        return found[tenant_id]

    async def budgets(self, tenants: Sequence[TenantId]) -> dict[TenantId, AccountBudget]:
        """Of those that have an account."""
        return await read_budgets(self._redis, tenants)

    async def notice(self, tenant_id: TenantId, noticed: Noticed) -> None:
        """Keep what was told of the account; also before it is made, for one that was lost."""
        alerts = ",".join(str(percent) for percent in sorted(noticed.alerts))
        args = [noticed.number, noticed.step, f"{noticed.month} {alerts}"]
        await reply_of(self._notice(keys=[account_key(tenant_id)], args=args))

    async def hold(self, charge: Envelope[UsageIncurred], *, lifetime: timedelta) -> Month:
        """Set money aside; the same use again changes nothing.

        Args:
            charge: what is stated if nobody settles: the upper bound, not confirmed.
            lifetime: past it the hold is swept.

        Returns:
            The month that pays; "" when the account knows none yet.

        Raises:
            BudgetRefusedError: spent + held + upper bound would cross a limit.
            NoAccountError: the tenant has no account.
            UnavailableError: Redis did not answer.
        """
        used = charge.data
        reply, what = cast(
            list[bytes],
            await reply_of(
                self._hold(
                    keys=self._keys(charge),
                    args=[
                        str(used.usage_id),
                        nano(used.cost_usd),
                        lifetime // timedelta(milliseconds=1),
                        charge.model_dump_json(),
                    ],
                )
            ),
        )
        if reply == b"missing":
            raise NoAccountError(NO_ACCOUNT)
        if reply == b"refused":
            raise BudgetRefusedError(REFUSALS[what])
        return what.decode()

    async def started(self, tenant_id: TenantId, usage_id: UsageId) -> bool:
        """From now on an expired hold is charged, not released. False: the hold is gone."""
        keys = [account_key(tenant_id), hold_key(tenant_id, usage_id)]
        return await reply_of(self._started(keys=keys, args=[])) == b"started"

    async def release(self, charge: Envelope[UsageIncurred]) -> bool:
        """Free a hold whose call was not made. False: it has started meanwhile, or is gone."""
        args = [str(charge.data.usage_id)]
        return await reply_of(self._release(keys=self._keys(charge), args=args)) == b"released"

    async def average(self, tenant_id: TenantId, kind: UsageKind, model: str) -> Average | None:
        """What such calls of the tenant come to; None: nobody knows. `model`: provider:model."""
        row = await reply_of(self._redis.hget(averages_key(tenant_id), f"{kind} {model}"))
        return Average.read(cast(bytes | None, row))

    async def settle(self, stated: Envelope[UsageIncurred], *, estimated_in: int = 0) -> bool:
        """Turn the hold into what was spent; a use that was charged before is not charged again.

        Args:
            stated: the fact that says what was spent, already published. It is kept until the
                ledger has it, so that it can be stated again if Redis loses it.
            estimated_in: input tokens that were estimated of a call that is an example for others
                of its kind; 0: it is none.

        Returns:
            False: the hold was settled, swept or lost before, and nothing changed. What the fact
            of this use says is charged when the ledger books it.
        """
        tenant_id, used = stated.tenant_id, stated.data
        reply = await reply_of(
            self._settle(
                keys=[
                    *self._keys(stated)[:3],
                    charge_key(tenant_id, used.usage_id),
                    unbooked_key(tenant_id),
                    averages_key(tenant_id),
                    *session_keys(tenant_id, stated.session_id),
                ],
                args=[
                    *(str(used.usage_id), nano(used.cost_usd), stated.model_dump_json()),
                    f"{used.kind} {used.provider}:{used.model}",
                    *(estimated_in, used.tokens_in or 0),
                    *(used.tokens_cache_written or 0, used.tokens_out or 0),
                ],
            )
        )
        return reply == b"settled"

    async def expired(self, tenant_id: TenantId, *, limit: int = 100) -> list[ExpiredHold]:
        """Holds past their time, oldest first, without those settled meanwhile; still held.

        One that cannot be read stays held, and is looked at again after an hour.
        """
        zset, now = holds_key(tenant_id), await self._now()
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
        key = hold_key(tenant_id, usage_id)
        started, body, month = cast(
            list[bytes | None], await reply_of(self._redis.hmget(key, ["started", "body", "month"]))
        )
        if body is None:
            return None
        charge = Envelope[UsageIncurred].model_validate_json(body)
        return ExpiredHold(usage_id, started == b"1", in_month(charge, (month or b"").decode()))

    async def spent_and_held(self, tenant_id: TenantId) -> tuple[Decimal, Decimal]:
        """US dollars ever spent, and set aside.

        Raises:
            NoAccountError: the tenant has no account.
        """
        row = cast(
            list[bytes | None],
            await reply_of(self._redis.hmget(account_key(tenant_id), ["spent", "held"])),
        )
        if row[0] is None:
            raise NoAccountError(NO_ACCOUNT)
        return usd_of(row[0]), usd_of(row[1])

    async def _now(self) -> datetime:
        """Of Redis."""
        seconds, micros = cast(tuple[int, int], await reply_of(cast(Any, self._redis).time()))
        return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=micros)

    @staticmethod
    def _keys(charge: Envelope[UsageIncurred]) -> list[str]:
        tenant_id, usage_id = charge.tenant_id, charge.data.usage_id
        return [
            account_key(tenant_id),
            hold_key(tenant_id, usage_id),
            holds_key(tenant_id),
            *session_keys(tenant_id, charge.session_id),
        ]


def in_month(stated: Envelope[UsageIncurred], month: Month) -> Envelope[UsageIncurred]:
    """The same fact, which says whose budget pays; "" leaves it to the ledger."""
    if not month:
        return stated
    return stated.model_copy(update={"data": stated.data.model_copy(update={"month": month})})


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
