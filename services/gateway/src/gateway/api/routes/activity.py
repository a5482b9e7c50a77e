from typing import Annotated

from fastapi import APIRouter, Query

from contracts.http import Activity, Every, Sessions
from contracts.ids import SessionId
from gateway.api.auth import CallerDep, KeyFirst
from gateway.api.deps import DepsDep
from gateway.api.times import Since

router = APIRouter(tags=["sessions"], route_class=KeyFirst)


@router.get("/v1/sessions")
async def list_sessions(
    caller: CallerDep,
    deps: DepsDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    before: Annotated[SessionId | None, Query(description="`next` of the page before.")] = None,
) -> Sessions:
    """The tenant's sessions, newest first."""
    return await deps.activity.list(caller, limit=limit, before=before)


@router.get("/v1/activity")
async def report_activity(
    caller: CallerDep,
    deps: DepsDep,
    since: Since,
    every: Annotated[Every, Query()] = "day",
) -> Activity:
    """Questions, answers and frames by time, of sessions opened since."""
    return await deps.activity.activity(caller, every, since)
