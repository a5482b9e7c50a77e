"""How many requests and questions a minute a tenant's plan allows."""

from fastapi import Request

from contracts.errors import RejectedError
from contracts.ids import TenantId
from contracts.tenants import TenantState
from gateway.api.deps import ApiDeps
from runtime.rates import Allowance, model_rate_of


async def count_request(request: Request, deps: ApiDeps, tenant_id: TenantId) -> TenantState:
    """The tenant, whose requests are now one more; its guests' are its own.

    Raises:
        RejectedError: code "rate_limited".
    """
    tenant = await deps.tenant_store.get(tenant_id)
    per_minute = tenant.limits.requests_per_minute
    _require_room(request, await deps.rate_limiter.take(tenant_id, "requests", limit=per_minute))
    return tenant


async def count_question(request: Request, deps: ApiDeps, tenant: TenantState) -> None:
    """One more, unless it could not be answered: the models are looked at, the router asks them.

    Raises:
        RejectedError: code "rate_limited".
    """
    rate = model_rate_of(tenant, deps.limits.model_rates)
    models = await deps.rate_limiter.look_at_models(tenant.tenant_id, rate)
    if models.wait_s:
        _require_room(request, models, of=" for language models")
    per_minute = tenant.limits.questions_per_minute
    allowance = await deps.rate_limiter.take(tenant.tenant_id, "questions", limit=per_minute)
    _require_room(request, allowance)


def _require_room(request: Request, allowance: Allowance, *, of: str = "") -> None:
    """Note for the answer's headers what is left."""
    request.state.allowance = allowance
    if allowance.wait_s:
        raise RejectedError(
            f"The limit of {allowance.limit} a minute{of} is reached; "
            f"try again in {allowance.wait_s} s.",
            code="rate_limited",
        )
