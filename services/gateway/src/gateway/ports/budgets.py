"""What a tenant may spend: what was set, and how its account stands."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from contracts.budgets import BudgetChanged, BudgetStep, CreditAdded
from contracts.fact import Envelope
from contracts.http import BudgetNotice, BudgetVersion, Credit
from contracts.ids import TenantId
from contracts.usage import Month


class Standing(Protocol):
    """How an account stands; US dollars."""

    @property
    def month(self) -> Month:
        """Empty in an account of the version before."""
        ...

    @property
    def spent_usd(self) -> Decimal:
        """In that month."""
        ...

    @property
    def held_usd(self) -> Decimal: ...
    @property
    def credit_usd(self) -> Decimal:
        """Left when the month began, and added since."""
        ...

    @property
    def step(self) -> BudgetStep: ...
    @property
    def version(self) -> int:
        """Of the budget that it goes by; 0: none was set."""
        ...


class BudgetAccounts(Protocol):
    """The accounts that every spender goes by."""

    async def budget(self, tenant_id: TenantId) -> Standing:
        """Raises RejectedError("no_account") while it is made, or was lost and is rebuilt."""
        ...


class BudgetStore(Protocol):
    """Every version of every budget, and every credit, with who set it."""

    async def newest(self, tenant_id: TenantId) -> BudgetVersion | None:
        """None: nobody set one."""
        ...

    async def set(self, event: Envelope[BudgetChanged]) -> bool:
        """Save it beside the fact. False: this version was set before, and nothing changed."""
        ...

    async def add_credit(self, event: Envelope[CreditAdded]) -> Credit | None:
        """Save it beside the fact; the credit of that id, if there was one, unchanged."""
        ...

    async def history(
        self, tenant_id: TenantId, limit: int
    ) -> tuple[Sequence[BudgetVersion], Sequence[Credit]]:
        """Newest first."""
        ...

    async def notices(self, tenant_id: TenantId, limit: int) -> Sequence[BudgetNotice]:
        """What metering told of the budget, newest first, and how its delivery stands."""
        ...
