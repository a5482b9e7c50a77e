"""The page: its files, and how a browser gets in."""

from pathlib import Path
from typing import Final

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from contracts.errors import RejectedError
from contracts.http import PageCode, PageDoor, PageVisitor
from gateway.api.auth import CallerDep, KeyHashDep
from gateway.api.deps import ApiDeps, DepsDep
from gateway.api.middleware.security_headers import meeting_headers
from gateway.api.same_origin import cookie_name, require_loopback, require_same_origin
from gateway.domain.callers import Caller, hash_of
from gateway.services.browser_sessions import LIFETIME_S

router = APIRouter(tags=["page"])

FILES: Final = Path(__file__).parents[2] / "page"
# Asked for again at every visit, answered with 304: a page never runs with half of a new version.
_FRESH: Final = {"Cache-Control": "no-cache"}


class PageFiles(StaticFiles):
    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # pyright: ignore[reportArgumentType] - handed on as they came
        response.headers.update(_FRESH)
        return response


def mount_page(app: FastAPI) -> None:
    """Add the page's files; its routes are in `router`."""
    app.mount("/page", PageFiles(directory=FILES), name="page")


@router.get("/", include_in_schema=False)
async def show_live_page() -> FileResponse:
    return FileResponse(FILES / "index.html", headers=_FRESH)


@router.get("/dashboard", include_in_schema=False)
async def show_dashboard() -> FileResponse:
    return FileResponse(FILES / "dashboard.html", headers=_FRESH)


@router.get("/meet", include_in_schema=False)
async def show_meeting_page(deps: DepsDep) -> FileResponse:
    """What `join_url` opens; the invite stands behind `#`, which browsers keep to themselves."""
    headers = {**_FRESH, **meeting_headers(deps.limits.livekit_url)}
    return FileResponse(FILES / "meet" / "index.html", headers=headers)


@router.post("/v1/page/codes", status_code=201)
async def make_code(
    request: Request, caller: CallerDep, key_hash: KeyHashDep, deps: DepsDep
) -> PageCode:
    """A code that opens the page on behalf of this key, on this machine, while the gateway runs."""
    caller.require("read")
    require_loopback(request)
    return PageCode(code=deps.browser_sessions.make_code(key_hash))


@router.post("/v1/page/session")
async def enter(body: PageDoor, request: Request, response: Response, deps: DepsDep) -> PageVisitor:
    """Swap a code, from this machine only, or a key for a cookie that scripts cannot read."""
    require_same_origin(request)
    if body.code is not None:
        require_loopback(request)
        key_hash = deps.browser_sessions.key_hash_of_code(body.code)
    else:
        key_hash = hash_of(body.key or "")
    caller = await deps.callers.find(key_hash)
    if caller is None:
        raise RejectedError("This key is unknown or was revoked.", code="unauthorized")
    response.set_cookie(
        cookie_name(request),
        deps.browser_sessions.issue_token(key_hash),
        max_age=LIFETIME_S,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return _visitor(caller, deps)


@router.get("/v1/page/session")
async def look_who_is_in(caller: CallerDep, deps: DepsDep) -> PageVisitor:
    """On whose behalf the page is open."""
    return _visitor(caller, deps)


@router.delete("/v1/page/session", status_code=204)
async def leave(request: Request, response: Response) -> None:
    """Forget the cookie."""
    require_same_origin(request)
    response.delete_cookie(cookie_name(request), httponly=True, samesite="strict")


def _visitor(caller: Caller, deps: ApiDeps) -> PageVisitor:
    return PageVisitor(
        tenant_id=caller.tenant_id,
        scopes=tuple(sorted(caller.scopes)),
        meetings=deps.meetings is not None,
    )
