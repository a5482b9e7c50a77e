from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from contracts.http import Every, UsageBy, UsageReport
from contracts.ids import SessionId
from gateway.api.access import CallerDep, DoorsDep
from gateway.ports import UsageQuery

router = APIRouter(tags=["usage"])


@router.get("/v1/usage")
async def report_usage(
    caller: CallerDep,
    doors: DoorsDep,
    by: Annotated[UsageBy, Query()] = "service",
    since: Annotated[datetime | None, Query(description="A date or time; UTC if unsaid.")] = None,
    session: Annotated[SessionId | None, Query()] = None,
    every: Annotated[Every | None, Query(description="Add up by time as well.")] = None,
) -> UsageReport:
    """What the tenant used, added up by one of four."""
    caller.require("read")
    if session is not None:
        await doors.desk.find(caller, session)
    if since is not None and since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    return await doors.ledger.usage(caller.tenant_id, UsageQuery(by, since, session, every))
