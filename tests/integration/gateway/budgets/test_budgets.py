"""Setting a budget and adding credit, over HTTP."""

import asyncio
from decimal import Decimal
from typing import Any

import httpx
import pytest

from contracts.budgets import BudgetChanged, CreditAdded
from runtime.ids import new_id
from support.gateway.front_door import FrontDoor

CREDIT = {"credit_id": str(new_id()), "usd": "20.5", "reason": "Invoice 1"}


async def key_of(client: httpx.AsyncClient, scope: str) -> dict[str, str]:
    reply = await client.post("/v1/keys", json={"scopes": [scope]})
    return {"Authorization": f"Bearer {reply.json()['key']}"}


async def test_a_tenant_without_a_budget_has_no_limit(ours: httpx.AsyncClient) -> None:
    reply = await ours.get("/v1/budget")
    assert reply.status_code == 200, reply.text
    state = reply.json()
    assert (state["version"], state["limit_usd"], state["step"]) == (0, None, "full")
    assert state["budget"]["ladder"] == {"fewer_frames": 70, "cheaper": 85, "text_only": 95}


async def test_a_budget_that_is_set_is_stated_and_its_history_names_who(
    door: FrontDoor, ours: httpx.AsyncClient, theirs: httpx.AsyncClient
) -> None:
    body = {"month_limit_usd": "250", "time_zone": "Europe/Berlin", "version": 0}
    reply = await ours.put("/v1/budget", json=body)
    assert reply.status_code == 200, reply.text
    state = reply.json()
    assert (state["version"], state["limit_usd"]) == (1, "250")
    assert not state["applied"], "metering has not read it"
    [stated] = await door.stated(BudgetChanged)
    assert (stated.tenant_id, stated.data.version) == (door.tenants["a"], 1)
    assert stated.data.budget.month_limit_usd == Decimal(250)
    [version] = (await ours.get("/v1/budget/history")).json()["versions"]
    [key] = (await ours.get("/v1/keys")).json()["keys"]
    assert version["changed_by"] == key["key_id"] == str(stated.data.changed_by)
    assert (await theirs.get("/v1/budget")).json()["version"] == 0


async def test_of_two_administrators_at_once_one_is_told_of_the_conflict(
    door: FrontDoor, ours: httpx.AsyncClient
) -> None:
    replies = await asyncio.gather(
        *(
            ours.put("/v1/budget", json={"month_limit_usd": limit, "version": 0})
            for limit in ("10", "20", "30")
        )
    )
    assert sorted(reply.status_code for reply in replies) == [200, 409, 409]
    [told] = {r.json()["code"] for r in replies if r.status_code == 409}
    assert told == "version_conflict"
    [stated] = await door.stated(BudgetChanged)
    [won] = [reply.json() for reply in replies if reply.is_success]
    assert (await ours.get("/v1/budget")).json()["limit_usd"] == won["limit_usd"]
    assert Decimal(won["limit_usd"]) == stated.data.budget.month_limit_usd


async def test_a_version_that_never_was_is_a_conflict_too(ours: httpx.AsyncClient) -> None:
    reply = await ours.put("/v1/budget", json={"month_limit_usd": "1", "version": 7})
    assert (reply.status_code, reply.json()["code"]) == (409, "version_conflict")
    assert "version 0" in reply.json()["detail"]


async def test_a_credit_is_added_once_however_often_it_is_sent(
    door: FrontDoor, ours: httpx.AsyncClient
) -> None:
    replies = await asyncio.gather(
        *(ours.post("/v1/budget/credits", json=CREDIT) for _ in range(3))
    )
    assert {reply.status_code for reply in replies} == {200}
    [first, *others] = [reply.json() for reply in replies]
    assert others == [first, first]
    [stated] = await door.stated(CreditAdded)
    assert (stated.data.usd, stated.data.reason) == (Decimal("20.5"), "Invoice 1")
    other = await ours.post("/v1/budget/credits", json=CREDIT | {"usd": "21"})
    assert (other.status_code, other.json()["code"]) == (409, "conflict")


async def test_who_may_not_administer_sees_the_budget_and_sets_nothing(
    ours: httpx.AsyncClient,
) -> None:
    headers = await key_of(ours, "write")
    assert (await ours.get("/v1/budget", headers=headers)).is_success
    for reply in (
        await ours.put("/v1/budget", json={"version": 0}, headers=headers),
        await ours.post("/v1/budget/credits", json=CREDIT, headers=headers),
        await ours.get("/v1/budget/history", headers=headers),
        await ours.put("/v1/webhook", json={"url": "https://a.example"}, headers=headers),
        await ours.get("/v1/webhook", headers=headers),
    ):
        assert (reply.status_code, reply.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"currency": "EUR"}, "currency"),
        ({"month_limit_usd": "-1"}, "month_limit_usd"),
        ({"month_limit_usd": "0.0000000001"}, "no more than 9 decimal places"),
        ({"month_limit_usd": "1000001"}, "less than or equal to 1000000"),
        ({"month_limit_usd": "NaN"}, "month_limit_usd"),
        ({"time_zone": "Mars/Olympus"}, "no time zone is called 'Mars/Olympus'"),
        ({"time_zone": "../../etc/passwd"}, "no time zone is called"),
        ({"ladder": {"fewer_frames": 90, "cheaper": 80}}, "cannot begin before an earlier one"),
        ({"ladder": {"text_only": 101}}, "ladder.text_only"),
        ({"alerts_at": [0]}, "alerts_at"),
        ({"alerts_at": list(range(1, 12))}, "at most 10"),
        ({"version": -1}, "version"),
    ],
)
async def test_a_budget_that_cannot_be_is_refused_in_words(
    ours: httpx.AsyncClient, wrong: dict[str, Any], said: str
) -> None:
    reply = await ours.put("/v1/budget", json={"version": 0} | wrong)
    assert reply.status_code == 422, reply.text
    assert said in reply.json()["detail"]


@pytest.mark.parametrize("usd", ["0", "-5", "1e-10", "2000000", "ten"])
async def test_a_credit_that_cannot_be_is_refused(ours: httpx.AsyncClient, usd: str) -> None:
    reply = await ours.post("/v1/budget/credits", json=CREDIT | {"usd": usd})
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_body")
    assert "usd" in reply.json()["detail"]
