from fastapi import APIRouter

from contracts.ids import KeyId
from contracts.tenants import KeyBody, KeyCreated, Keys, TenantConfigBody, TenantState
from gateway.api.access import CallerDep, DoorsDep

router = APIRouter(tags=["tenant"])


@router.get("/v1/tenant")
async def look_at_tenant(caller: CallerDep, doors: DoorsDep) -> TenantState:
    """The key's tenant: its tier and its configuration."""
    return await doors.tenancy.look(caller)


@router.put("/v1/tenant/config")
async def configure_tenant(
    body: TenantConfigBody, caller: CallerDep, doors: DoorsDep
) -> TenantState:
    """Replace the whole configuration; every service follows it within seconds. Needs `admin`."""
    return await doors.tenancy.configure(caller, body)


@router.get("/v1/keys")
async def list_keys(caller: CallerDep, doors: DoorsDep) -> Keys:
    """The tenant's keys, without their text, newest first. Needs `admin`."""
    return await doors.tenancy.list_keys(caller)


@router.post("/v1/keys", status_code=201)
async def make_key(body: KeyBody, caller: CallerDep, doors: DoorsDep) -> KeyCreated:
    """Make a key. Its text is in this answer and nowhere else. Needs `admin`."""
    return await doors.tenancy.make_key(caller, body)


@router.delete("/v1/keys/{key_id}", status_code=204)
async def revoke_key(key_id: KeyId, caller: CallerDep, doors: DoorsDep) -> None:
    """Revoke a key, at once and for ever; its open event streams end. Needs `admin`."""
    await doors.tenancy.revoke_key(caller, key_id)
