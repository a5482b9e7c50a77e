from fastapi import APIRouter

from contracts.http import WebhookBody, WebhookCreated, WebhookState
from gateway.api.auth import CallerDep, KeyFirst
from gateway.api.deps import DepsDep

router = APIRouter(tags=["webhook"], route_class=KeyFirst)


@router.get("/v1/webhook")
async def look_at_webhook(caller: CallerDep, deps: DepsDep) -> WebhookState:
    """Where notices of the budget go, without the secret. Needs `admin`."""
    return await deps.outbound_webhooks.get(caller)


@router.put("/v1/webhook")
async def set_webhook(body: WebhookBody, caller: CallerDep, deps: DepsDep) -> WebhookCreated:
    """Send notices there from now on, signed by a new secret. Needs `admin`.

    The secret is in this answer and nowhere else.
    """
    return await deps.outbound_webhooks.set(caller, body)


@router.delete("/v1/webhook", status_code=204)
async def remove_webhook(caller: CallerDep, deps: DepsDep) -> None:
    """Send nothing more; what waits is given up. Needs `admin`."""
    await deps.outbound_webhooks.remove(caller)
