"""Who is calling: by a key, or by the cookie of the page."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from contracts.errors import RejectedError
from contracts.tenants import TenantState
from gateway.api.deps import DepsDep
from gateway.api.rate_limit import count_question, count_request
from gateway.api.same_origin import cookie_name, require_same_origin
from gateway.domain.callers import Caller, hash_of

_bearer = HTTPBearer(auto_error=False, description="The API key.")


def _key_hash(
    request: Request,
    deps: DepsDep,
    presented: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> str:
    """Of the key that is presented, or that the page's cookie stands for."""
    if presented is not None and presented.credentials:
        return hash_of(presented.credentials)
    token = request.cookies.get(cookie_name(request))
    key_hash = deps.browser_sessions.key_hash_of_token(token) if token else None
    if key_hash is None:
        raise RejectedError("Send `Authorization: Bearer` and your key.", code="unauthorized")
    require_same_origin(request)
    return key_hash


KeyHashDep = Annotated[str, Depends(_key_hash)]


async def _caller(request: Request, deps: DepsDep, key_hash: KeyHashDep) -> Caller:
    caller = await deps.callers.find(key_hash)
    if caller is None:
        raise RejectedError("This key is unknown or was revoked.", code="unauthorized")
    request.state.tenant = await count_request(request, deps, caller.tenant_id)
    return caller


CallerDep = Annotated[Caller, Depends(_caller)]


def _tenant(request: Request, _caller: CallerDep) -> TenantState:
    tenant: TenantState = request.state.tenant
    return tenant


TenantDep = Annotated[TenantState, Depends(_tenant)]


async def _asking_caller(
    request: Request, caller: CallerDep, tenant: TenantDep, deps: DepsDep
) -> Caller:
    await count_question(request, deps, tenant)
    return caller


AskingCallerDep = Annotated[Caller, Depends(_asking_caller)]
