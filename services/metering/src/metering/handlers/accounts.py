"""Accounts in Redis: swept of holds that nobody settles, made again when Redis was lost."""

from contracts.ids import TenantId
from metering.ports import Accounts, Kept, Publish
from runtime.bad_rows import BadRows
from spending import ExpiredHold


async def sweep_holds(*, accounts: Accounts, publish: Publish, bad: BadRows) -> int:
    """Free holds that never started, charge the upper bound of those that did; how many."""
    swept = 0
    for tenant_id in await accounts.tenants():
        with bad.row(tenant_id):
            for hold in await accounts.expired(tenant_id):
                if hold.usage_id not in bad:
                    with bad.row(hold.usage_id):
                        swept += await _sweep(hold, accounts, publish)
    return swept


async def _sweep(hold: ExpiredHold, accounts: Accounts, publish: Publish) -> bool:
    if not hold.started:
        return await accounts.release(hold.charge)
    await publish(hold.charge)
    return await accounts.settle(hold.charge)


async def rebuild_accounts(*, kept: Kept, bad: BadRows) -> int:
    """Accounts that Redis lost come back with what the ledger says; how many."""
    rebuilt = 0
    for tenant_id in await kept.accounts.missing(await kept.ledger.known_accounts()):
        with bad.row(tenant_id):
            rebuilt += await _rebuild(tenant_id, kept)
    return rebuilt


async def _rebuild(tenant_id: TenantId, kept: Kept) -> bool:
    spent_usd = await kept.ledger.months(tenant_id)
    terms = (await kept.budgets.history(tenant_id)).terms(spent_usd.keys())
    # The account last: until it is there nobody spends, so no session begins anew meanwhile.
    await kept.accounts.notice(tenant_id, await kept.budgets.noticed(tenant_id))
    await kept.accounts.restore_sessions(tenant_id, await kept.ledger.sessions(tenant_id))
    return await kept.accounts.make(tenant_id, spent_usd=spent_usd, terms=terms)
