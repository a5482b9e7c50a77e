from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from contracts.http import Assumptions, Every, UsageBy, UsageReport
from contracts.ids import SessionId
from gateway.api.auth import CallerDep, KeyFirst
from gateway.api.deps import DepsDep
from gateway.api.times import Since
from gateway.domain.money import assumptions, csv_of
from gateway.ports.usage import UsageQuery

router = APIRouter(tags=["usage"], route_class=KeyFirst)


async def _report(
    caller: CallerDep,
    deps: DepsDep,
    by: Annotated[UsageBy, Query()] = "service",
    since: Since | None = None,
    session: Annotated[SessionId | None, Query()] = None,
    every: Annotated[Every | None, Query(description="Add up by time as well.")] = None,
) -> UsageReport:
    caller.require("read")
    if session is not None:
        await deps.sessions.find(caller, session)
    return await deps.ledger.usage(caller.tenant_id, UsageQuery(by, since, session, every))


ReportDep = Annotated[UsageReport, Depends(_report)]


@router.get("/v1/usage")
async def report_usage(report: ReportDep) -> UsageReport:
    """What the tenant used, added up by one of five."""
    return report


@router.get(
    "/v1/usage.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def report_usage_as_csv(report: ReportDep) -> Response:
    """The rows of the usage report as CSV (RFC 4180), with a line of names."""
    text = csv_of(report)
    headers = {"Content-Disposition": 'attachment; filename="usage.csv"'}
    return Response(text, media_type="text/csv", headers=headers)


@router.get("/v1/usage/assumptions")
async def list_assumptions(caller: CallerDep) -> Assumptions:
    """What every saving that is reported here is worked out from."""
    caller.require("read")
    return Assumptions(assumptions=assumptions())
