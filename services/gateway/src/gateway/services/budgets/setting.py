"""What a tenant's administrator sets of its money, and what everybody of the tenant sees of it."""

from dataclasses import dataclass
from typing import Final

from contracts.budgets import Budget, BudgetBody, BudgetChanged, BudgetState, CreditAdded
from contracts.errors import RejectedError, UnavailableError
from contracts.http import BudgetChanges, BudgetNotices, BudgetVersion, Credit, CreditBody
from contracts.ids import KeyId
from gateway.domain.budgets.forecast import forecast_usd, month_at
from gateway.domain.callers import Caller
from gateway.ports.budgets import BudgetAccounts, BudgetStore, Standing
from gateway.ports.outbox import Outbox
from runtime.clock import Clock

HISTORY: Final = 100
NOTICES: Final = 50


@dataclass(frozen=True)
class BudgetService:
    """Budgets and credits. What is set here is stated as a fact, and metering's accounts follow."""

    store: BudgetStore
    accounts: BudgetAccounts
    outbox: Outbox
    clock: Clock

    async def get(self, caller: Caller) -> BudgetState:
        caller.require("read")
        newest = await self.store.newest(caller.tenant_id)
        return self._state(caller, newest, await self._standing(caller))

    async def set(self, caller: Caller, body: BudgetBody) -> BudgetState:
        """Raises RejectedError("version_conflict") when another one has been set since."""
        caller.require("admin")
        # First: what cannot be shown afterwards is not set either.
        standing = await self._standing(caller)
        changed = BudgetChanged(
            version=body.version + 1,
            budget=Budget.model_validate(body.model_dump(exclude={"version"})),
            changed_at=self.clock.now(),
            changed_by=KeyId(caller.key_id),
        )
        newest = await self.store.newest(caller.tenant_id)
        event = self.outbox.envelope(changed, tenant_id=caller.tenant_id)
        if body.version != _version(newest) or not await self.store.set(event):
            raise await self._conflict(caller)
        await self.outbox.publish(event)
        return self._state(caller, BudgetVersion(**dict(changed)), standing)

    async def add_credit(self, caller: Caller, body: CreditBody) -> Credit:
        """Raises RejectedError("conflict") when the id was another credit's."""
        caller.require("admin")
        added = CreditAdded(
            **body.model_dump(), added_at=self.clock.now(), added_by=KeyId(caller.key_id)
        )
        event = self.outbox.envelope(added, tenant_id=caller.tenant_id)
        before = await self.store.add_credit(event)
        if before is None:
            await self.outbox.publish(event)
            return Credit(**dict(added))
        if (before.usd, before.reason) != (body.usd, body.reason):
            raise RejectedError(
                "This credit_id was another credit's; use a new one.", code="conflict"
            )
        return before

    async def history(self, caller: Caller) -> BudgetChanges:
        caller.require("admin")
        versions, credits = await self.store.history(caller.tenant_id, HISTORY)
        return BudgetChanges(versions=tuple(versions), credits=tuple(credits))

    async def notices(self, caller: Caller) -> BudgetNotices:
        caller.require("read")
        return BudgetNotices(notices=tuple(await self.store.notices(caller.tenant_id, NOTICES)))

    async def _standing(self, caller: Caller) -> Standing:
        try:
            return await self.accounts.budget(caller.tenant_id)
        except RejectedError as error:
            raise UnavailableError(
                "This tenant's account is being rebuilt from the ledger; try again in a moment.",
                code="no_account",
            ) from error

    async def _conflict(self, caller: Caller) -> RejectedError:
        version = _version(await self.store.newest(caller.tenant_id))
        return RejectedError(
            f"The budget is at version {version}: another one has been set since, or this version "
            "never was. Read it again, and send its version with the change.",
            code="version_conflict",
        )

    def _state(
        self, caller: Caller, newest: BudgetVersion | None, standing: Standing
    ) -> BudgetState:
        budget = newest.budget if newest else Budget()
        version, now = _version(newest), self.clock.now()
        # An account of the version before knows no month until metering has seen it.
        month = standing.month or month_at(now, budget.time_zone)
        return BudgetState(
            tenant_id=caller.tenant_id,
            version=version,
            month=month,
            limit_usd=budget.month_limit_usd,
            spent_usd=standing.spent_usd,
            held_usd=standing.held_usd,
            credit_usd=standing.credit_usd,
            step=standing.step,
            forecast_usd=forecast_usd(standing.spent_usd, month, budget.time_zone, now),
            budget=budget,
            applied=standing.version >= version,
        )


def _version(newest: BudgetVersion | None) -> int:
    return newest.version if newest else 0
