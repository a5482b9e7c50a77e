from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query, Response
from fastapi.responses import StreamingResponse

from contracts.errors import RejectedError
from contracts.http import (
    NO_NUL,
    AdjustmentBody,
    Assumptions,
    Every,
    UsageAdjustment,
    UsageAdjustments,
    UsageBy,
    UsageReport,
)
from contracts.ids import SessionId
from gateway.api.auth import CallerDep, KeyFirst
from gateway.api.deps import DepsDep
from gateway.api.times import Since, Until
from gateway.domain.money import assumptions, csv_of, csv_of_entries
from gateway.ports.usage import UsageQuery

router = APIRouter(tags=["usage"], route_class=KeyFirst)
_CSV: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}}
}


@dataclass(frozen=True)
class _Which:
    since: datetime | None
    until: datetime | None
    provider: str | None


def _which(
    since: Since | None = None,
    until: Until | None = None,
    provider: Annotated[str | None, Query(max_length=100, pattern=NO_NUL)] = None,
) -> _Which:
    if since is not None and until is not None and until <= since:
        raise RejectedError("`until` must be later than `since`.", code="bad_request")
    return _Which(since, until, provider)


async def _query(
    caller: CallerDep,
    deps: DepsDep,
    which: Annotated[_Which, Depends(_which)],
    by: Annotated[UsageBy, Query()] = "service",
    session: Annotated[SessionId | None, Query()] = None,
    every: Annotated[Every | None, Query(description="Add up by time as well.")] = None,
) -> UsageQuery:
    caller.require("read")
    if session is not None:
        await deps.sessions.find(caller, session)
    return UsageQuery(by, which.since, session, every, which.until, which.provider)


QueryDep = Annotated[UsageQuery, Depends(_query)]


@router.get("/v1/usage", response_model=UsageReport)
async def report_usage(query: QueryDep, caller: CallerDep, deps: DepsDep) -> Response:
    """What the tenant used, added up by one of five, and by time."""
    used = await deps.ledger.usage(caller.tenant_id, query)
    # Written here: the framework would check and take apart again thousands of rows.
    return Response(used.model_dump_json(), media_type="application/json")


@router.get("/v1/usage.csv", response_class=Response, responses=_CSV)
async def report_usage_as_csv(query: QueryDep, caller: CallerDep, deps: DepsDep) -> Response:
    """The rows of the usage report as CSV (RFC 4180), with a line of names."""
    text = csv_of(await deps.ledger.usage(caller.tenant_id, query))
    headers = {"Content-Disposition": 'attachment; filename="usage.csv"'}
    return Response(text, media_type="text/csv", headers=headers)


@router.get("/v1/usage/rows.csv", response_class=Response, responses=_CSV)
async def list_usage_as_csv(query: QueryDep, caller: CallerDep, deps: DepsDep) -> Response:
    """Every row of the ledger, oldest first, as CSV (RFC 4180), with a line of names."""
    lines = csv_of_entries(deps.ledger.entries(caller.tenant_id, query))
    headers = {"Content-Disposition": 'attachment; filename="usage-rows.csv"'}
    return StreamingResponse(lines, media_type="text/csv", headers=headers)


@router.post("/v1/usage/adjustments", status_code=202)
async def adjust_usage(
    body: AdjustmentBody,
    caller: CallerDep,
    deps: DepsDep,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> UsageAdjustment:
    """Correct the ledger by a row of its own, with a reason. Needs `admin`."""
    return await deps.adjustments.adjust(caller, body, idempotency_key)


@router.get("/v1/usage/adjustments")
async def list_adjustments(caller: CallerDep, deps: DepsDep) -> UsageAdjustments:
    """Who corrected the ledger, when and why; newest first. Needs `admin`."""
    return await deps.adjustments.list(caller)


@router.get("/v1/usage/assumptions")
async def list_assumptions(caller: CallerDep) -> Assumptions:
    """What every saving that is reported here is worked out from."""
    caller.require("read")
    return Assumptions(assumptions=assumptions())
