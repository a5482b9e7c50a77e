"""The ledger's side of the accounts: what it booked, what it should say, and corrections.

The ledger is right. Each of its rows is booked in the account, once by the use's id; what remains
different (Redis was lost, or came back with an older snapshot) is seen by comparing the sums.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, cast
from uuid import UUID

from redis.asyncio import Redis

from contracts.fact import Envelope
from contracts.ids import SessionId, TenantId, UsageId
from contracts.usage import Month, UsageIncurred
from runtime.ids import derive_id
from runtime.redis_client import reply_of
from spending.account_keys import (
    account_key,
    charge_key,
    nano,
    script,
    session_key,
    session_keys,
    unbooked_key,
    usd_of,
)

CHARGE_REMEMBERED_S: Final = 24 * 3600
"""Longer than work is delivered again as a rule. What comes later still is charged twice for some
minutes, until account and ledger are compared."""
UNBOOKED_NAMED: Final = 500
NEVER_OPENED: Final = UUID(int=0)
"""For accounts made before they had an id of their own."""


@dataclass(frozen=True)
class Booking:
    """What the ledger says that one use cost: the confirmed half if it has it, else the swept.

    Attributes:
        month: that pays; "": the one that it is.
        session_id: None: it belongs to none.
    """

    usage_id: UsageId
    usd: Decimal
    confirmed: bool
    month: Month = ""
    session_id: SessionId | None = None


@dataclass(frozen=True)
class Statement:
    """An account at one moment, as far as the ledger should know it.

    Attributes:
        booked_usd: what the ledger should say.
        opened: the id of this account, another one after Redis was lost; "" if made long ago.
        corrections: how many it has had since.
        unbooked: uses that were charged and that the ledger is not known to have; at most 500.
        months_usd: what the ledger should say of each month.
    """

    booked_usd: Decimal
    opened: str
    corrections: int
    unbooked: tuple[UsageId, ...]
    months_usd: Mapping[Month, Decimal] = field(default_factory=dict[Month, Decimal])

    @property
    def next_correction(self) -> UUID:
        """Two who correct this account now mean the same correction."""
        opened = UUID(self.opened) if self.opened else NEVER_OPENED
        return derive_id(opened, "correction", str(self.corrections))


class Reconciliation:
    """The scripts. Each is harmless twice."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._book = redis.register_script(script("book"))
        self._statement = redis.register_script(script("statement"))
        self._correct = redis.register_script(script("correct"))
        self._session = redis.register_script(script("session"))

    async def book(self, tenant_id: TenantId, bookings: Sequence[Booking]) -> None:
        """Charge what the ledger says, in place of what was charged for the same use before.

        A tenant without an account is passed over: it is rebuilt from the ledger.
        """
        if not bookings:
            return
        pipe = self._redis.pipeline(transaction=False)
        for one in bookings:
            keys = [
                account_key(tenant_id),
                charge_key(tenant_id, one.usage_id),
                unbooked_key(tenant_id),
                *session_keys(tenant_id, one.session_id),
            ]
            args = [
                *(str(one.usage_id), nano(one.usd), int(one.confirmed), CHARGE_REMEMBERED_S),
                one.month,
            ]
            await self._book(keys=keys, args=args, client=cast(Any, pipe))
        await reply_of(pipe.execute())

    async def facts(
        self, tenant_id: TenantId, usage_ids: Collection[UsageId]
    ) -> list[Envelope[UsageIncurred]]:
        """What was stated of these charges; without those that the ledger has booked meanwhile."""
        pipe = self._redis.pipeline(transaction=False)
        for usage_id in usage_ids:
            pipe.hget(charge_key(tenant_id, usage_id), "fact")
        found = cast(list[bytes | None], await reply_of(pipe.execute()) if usage_ids else [])
        return [Envelope[UsageIncurred].model_validate_json(raw) for raw in found if raw]

    async def statement(self, tenant_id: TenantId) -> Statement | None:
        """None: the tenant has no account."""
        reply = cast(
            list[Any] | None,
            await reply_of(
                self._statement(
                    keys=[account_key(tenant_id), unbooked_key(tenant_id)], args=[UNBOOKED_NAMED]
                )
            ),
        )
        if reply is None:
            return None
        booked, opened, corrections = cast(list[bytes], reply[:3])
        months = cast(list[bytes], reply[4:])
        return Statement(
            usd_of(booked),
            opened.decode(),
            int(corrections),
            tuple(UsageId(UUID(raw.decode())) for raw in cast(list[bytes], reply[3])),
            {
                month.decode(): usd_of(usd)
                for month, usd in zip(months[::2], months[1::2], strict=True)
            },
        )

    async def correct(
        self, tenant_id: TenantId, stated: Statement, usd: Decimal, *, month: Month | None = None
    ) -> bool:
        """Add (with a minus: take back) the next correction of the account as it was stated.

        Args:
            tenant_id: whose.
            stated: the account as it was seen.
            usd: US dollars.
            month: whose sum is wrong; None: the sum of all alone.

        Returns:
            False: it has had this correction, or is another account; nothing changed.
        """
        reply = await reply_of(
            self._correct(
                keys=[account_key(tenant_id)],
                args=[nano(usd), stated.opened, stated.corrections, month or ""],
            )
        )
        return reply == b"corrected"

    async def sessions(
        self, tenant_id: TenantId, session_ids: Sequence[SessionId]
    ) -> dict[SessionId, Decimal]:
        """What each has spent, in US dollars; 0 where nothing is known of it."""
        pipe = self._redis.pipeline(transaction=False)
        for session_id in session_ids:
            pipe.hget(session_key(tenant_id, session_id), "spent")
        found = cast(list[bytes | None], await reply_of(pipe.execute()) if session_ids else [])
        return {one: usd_of(raw) for one, raw in zip(session_ids, found, strict=True)}

    async def correct_session(
        self, tenant_id: TenantId, session_id: SessionId, seen: Decimal, right: Decimal
    ) -> bool:
        """False: it is not any more what was seen, and nothing changed."""
        keys, args = [session_key(tenant_id, session_id)], [nano(seen), nano(right)]
        return bool(await reply_of(self._session(keys=keys, args=args)))
