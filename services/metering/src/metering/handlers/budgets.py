"""What administrators set and add: into the ledger, and then the account goes by it."""

from collections.abc import Sequence

from contracts.budgets import BudgetChanged, CreditAdded
from contracts.fact import Envelope, Fact
from contracts.ids import TenantId
from metering.ports import Kept
from spending import Terms


async def on_budget_changed(event: Envelope[BudgetChanged], *, kept: Kept) -> Sequence[Fact]:
    await kept.budgets.add_budget(event.tenant_id, event.data)
    await apply_terms(event.tenant_id, kept)
    return []


async def on_credit_added(event: Envelope[CreditAdded], *, kept: Kept) -> Sequence[Fact]:
    await kept.budgets.add_credit(event.tenant_id, event.data)
    await apply_terms(event.tenant_id, kept)
    return []


async def apply_terms(tenant_id: TenantId, kept: Kept) -> Terms:
    """Have the account go by what the ledger knows; one that is missing is made of it later."""
    spent_usd = await kept.ledger.months(tenant_id)
    terms = (await kept.budgets.history(tenant_id)).terms(spent_usd.keys())
    await kept.accounts.apply(tenant_id, terms, spent_usd=spent_usd)
    return terms
