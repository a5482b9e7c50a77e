"""Who is calling: by a key, or by the cookie of the page."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param

from contracts.errors import RejectedError
from contracts.tenants import TenantState
from gateway.api.deps import ApiDeps, DepsDep
from gateway.api.rate_limit import count_question, count_request
from gateway.api.same_origin import cookie_name, require_same_origin
from gateway.domain.callers import Caller, hash_of
from runtime.web import guarded

_bearer = HTTPBearer(auto_error=False, description="The API key.")


async def authenticate(request: Request) -> Caller:
    """The holder of the key, whose tenant's requests are now one more; counts a request once.

    Raises:
        RejectedError: "unauthorized", "forbidden" (a page of another origin), "rate_limited".
    """
    known: Caller | None = getattr(request.state, "caller", None)
    if known is not None:
        return known
    deps: ApiDeps = request.app.state.deps
    request.state.key_hash = _key_hash(request, deps)
    caller = await deps.callers.find(request.state.key_hash)
    if caller is None:
        raise RejectedError("This key is unknown or was revoked.", code="unauthorized")
    request.state.tenant = await count_request(request, deps, caller.tenant_id)
    request.state.caller = caller
    return caller


def _key_hash(request: Request, deps: ApiDeps) -> str:
    """Of the key that is presented, or that the page's cookie stands for."""
    scheme, key = get_authorization_scheme_param(request.headers.get("authorization"))
    if scheme.lower() == "bearer" and key:
        return hash_of(key)
    token = request.cookies.get(cookie_name(request))
    key_hash = deps.browser_sessions.key_hash_of_token(token) if token else None
    if key_hash is None:
        raise RejectedError("Send `Authorization: Bearer` and your key.", code="unauthorized")
    require_same_origin(request)
    return key_hash


@asynccontextmanager
async def _known_key(request: Request) -> AsyncGenerator[None]:
    await authenticate(request)
    yield


KeyFirst: Final = guarded(_known_key)
"""Routes whose body is not taken from whoever has no key."""


async def _caller(request: Request, _documented: Annotated[object, Depends(_bearer)]) -> Caller:
    return await authenticate(request)


CallerDep = Annotated[Caller, Depends(_caller)]


def _hash_of_key(request: Request, _caller: CallerDep) -> str:
    key_hash: str = request.state.key_hash
    return key_hash


KeyHashDep = Annotated[str, Depends(_hash_of_key)]


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
