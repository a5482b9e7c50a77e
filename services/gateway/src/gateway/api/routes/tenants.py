from fastapi import APIRouter

from contracts.ids import KeyId
from contracts.tenants import KeyBody, KeyCreated, Keys, TenantConfigBody, TenantState
from gateway.api.auth import CallerDep, KeyFirst
from gateway.api.deps import DepsDep

router = APIRouter(tags=["tenant"], route_class=KeyFirst)


@router.get("/v1/tenant")
async def look_at_tenant(caller: CallerDep, deps: DepsDep) -> TenantState:
    """The key's tenant: its tier and its configuration."""
    return await deps.tenants.get(caller)


@router.put("/v1/tenant/config")
async def configure_tenant(body: TenantConfigBody, caller: CallerDep, deps: DepsDep) -> TenantState:
    """Replace the whole configuration; every service follows it within seconds. Needs `admin`."""
    return await deps.tenants.configure(caller, body)


@router.get("/v1/keys")
async def list_keys(caller: CallerDep, deps: DepsDep) -> Keys:
    """The tenant's keys, without their text, newest first. Needs `admin`."""
    return await deps.tenants.list_keys(caller)


@router.post("/v1/keys", status_code=201)
async def make_key(body: KeyBody, caller: CallerDep, deps: DepsDep) -> KeyCreated:
    """Make a key. Its text is in this answer and nowhere else. Needs `admin`."""
    return await deps.tenants.make_key(caller, body)


@router.delete("/v1/keys/{key_id}", status_code=204)
async def revoke_key(key_id: KeyId, caller: CallerDep, deps: DepsDep) -> None:
    """Revoke a key, at once and for ever; its open event streams end. Needs `admin`."""
    await deps.tenants.revoke_key(caller, key_id)
