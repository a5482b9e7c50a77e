"""How many requests and tokens a minute a tenant's plan allows it of hosted models."""

from collections.abc import Mapping

from contracts.ids import TenantId
from contracts.tenants import PLANS, ModelRate, ModelRateChange, Plan, TenantState
from runtime.rates.sliding_windows import Window

UNKNOWN_PLAN: Plan = "free"


def rate_key(tenant_id: TenantId, what: str) -> str:
    """Redis key of a window of a tenant; all of one tenant have the same hash tag."""
    return f"rate:{{{tenant_id}}}:{what}"


def model_rate_of(tenant: TenantState | None, changes: Mapping[Plan, ModelRateChange]) -> ModelRate:
    """What the operator says of the tenant's plan, else what the plan says.

    Args:
        tenant: None: one that we were never told of; it has the free plan.
        changes: of the operator, by plan.
    """
    plan = UNKNOWN_PLAN if tenant is None else tenant.tier
    limits, change = PLANS[plan], changes.get(plan, ModelRateChange())
    return ModelRate(
        requests=change.requests or limits.model_requests_per_minute,
        tokens=change.tokens or limits.model_tokens_per_minute,
    )


def model_windows(tenant_id: TenantId, rate: ModelRate, *, tokens: int) -> tuple[Window, Window]:
    """Of one request with so many tokens: the window of requests, and that of tokens."""
    return (
        Window(rate_key(tenant_id, "model-requests"), rate.requests),
        Window(rate_key(tenant_id, "model-tokens"), rate.tokens, tokens),
    )
