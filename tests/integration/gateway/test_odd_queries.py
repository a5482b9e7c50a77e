"""Times at the calendar's ends, and what browsers must not keep."""

import httpx
import pytest

from support.gateway.front_door import FrontDoor
from support.gateway.raw_http import raw_connection

REPORTS = ("/v1/usage", "/v1/usage.csv", "/v1/usage/rows.csv", "/v1/activity")
ODD_TIMES = (
    "0001-01-01T00:00:00+14:00",
    "0001-01-01",
    "0001-12-31T23:59:59-23:59",
    "9999-12-31T23:59:59.999999-14:00",
    "9999-12-31T23:59:59+23:59",
    "1969-12-31T23:59:59Z",
    "-999999999999",
    "1e300",
    "nan",
    "inf",
    "2026-13-01",
    "now",
    "",
)


@pytest.mark.parametrize("path", REPORTS)
async def test_a_time_that_nothing_can_be_since_is_refused_with_its_reason(
    path: str, ours: httpx.AsyncClient
) -> None:
    for since in ODD_TIMES:
        for every in ("hour", "day"):
            reply = await ours.get(path, params={"since": since, "every": every})
            assert (reply.status_code, since) == (422, since)
            assert reply.json()["code"] == "invalid_body"
            assert "query.since" in reply.json()["detail"]


@pytest.mark.parametrize("path", REPORTS)
async def test_the_first_and_the_last_time_that_can_be_named_are_taken(
    path: str, ours: httpx.AsyncClient
) -> None:
    for since in ("1970-01-01", "1970-01-01T00:00:00+00:00", "2199-12-31T23:59:59Z", "2026-11-01"):
        for every in ("hour", "day"):
            reply = await ours.get(path, params={"since": since, "every": every})
            assert (reply.status_code, since) == (200, since)


async def test_nothing_of_the_api_is_kept_by_browsers_and_proxies(
    door: FrontDoor, ours: httpx.AsyncClient, session_id: str
) -> None:
    paths = ("/v1/tenant", "/v1/usage", "/v1/usage.csv", f"/v1/sessions/{session_id}", "/v1/none")
    async with door.client(None) as nobody:
        for client in (ours, nobody):
            for path in paths:
                reply = await client.get(path)
                assert (reply.headers["Cache-Control"], path) == ("no-store", path)
    async with ours.stream("GET", f"/v1/sessions/{session_id}/events") as stream:
        assert stream.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/v1/sessions/", "/v1/knowledge/", "/page", "/dashboard/"])
async def test_no_redirect_names_the_host_that_a_request_claims(path: str, door: FrontDoor) -> None:
    async with raw_connection(door.url) as connection:
        await connection.send(f"GET {path} HTTP/1.1\r\nHost: evil.example\r\n\r\n".encode())
        answer = await connection.answer()
    assert "evil" not in str(answer.headers)


async def test_a_time_that_ends_before_it_begins_is_refused(ours: httpx.AsyncClient) -> None:
    for until in ("2026-11-01", "2026-10-31T23:00Z"):
        reply = await ours.get("/v1/usage", params={"since": "2026-11-01", "until": until})
        assert (reply.status_code, reply.json()["code"]) == (400, "bad_request")
        assert "later" in reply.json()["detail"]
