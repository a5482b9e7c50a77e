from fastapi import APIRouter

from contracts.budgets import BudgetBody, BudgetState
from contracts.http import BudgetChanges, BudgetNotices, Credit, CreditBody, SessionCosts
from contracts.ids import SessionId
from gateway.api.auth import CallerDep, KeyFirst
from gateway.api.deps import DepsDep

router = APIRouter(tags=["budget"], route_class=KeyFirst)


@router.get("/v1/budget")
async def look_at_budget(caller: CallerDep, deps: DepsDep) -> BudgetState:
    """The tenant's budget, what is left of it, and where it stands on the ladder."""
    return await deps.budgets.get(caller)


@router.put("/v1/budget")
async def set_budget(body: BudgetBody, caller: CallerDep, deps: DepsDep) -> BudgetState:
    """Replace the whole budget; every service follows it within seconds. Needs `admin`.

    `version` is that of the budget which is replaced; another one has been set since: 409.
    """
    return await deps.budgets.set(caller, body)


@router.post("/v1/budget/credits")
async def add_credit(body: CreditBody, caller: CallerDep, deps: DepsDep) -> Credit:
    """Add prepaid money, which lasts until it is spent. Needs `admin`.

    The same `credit_id` again adds nothing, and answers the same.
    """
    return await deps.budgets.add_credit(caller, body)


@router.get("/v1/budget/history")
async def list_budget_changes(caller: CallerDep, deps: DepsDep) -> BudgetChanges:
    """Who set which budget, and who added which credit. Needs `admin`."""
    return await deps.budgets.history(caller)


@router.get("/v1/budget/notices")
async def list_budget_notices(caller: CallerDep, deps: DepsDep) -> BudgetNotices:
    """Steps of the ladder and alerts, and whether the webhook was told of each."""
    return await deps.budgets.notices(caller)


@router.get("/v1/sessions/{session_id}/costs")
async def price_session(session_id: SessionId, caller: CallerDep, deps: DepsDep) -> SessionCosts:
    """What a session cost so far, by leg and by question; what comes in later is added."""
    return await deps.costs.get(caller, session_id)
