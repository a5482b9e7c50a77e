"""A tenant's webhook: set, told of what metering says of the budget, retried, given up."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from redis.asyncio import Redis
from standardwebhooks import Webhook

from contracts.budgets import BudgetAlertRaised, BudgetStep, BudgetStepChanged
from contracts.fact import Envelope
from contracts.ids import EventId, KeyId, TenantId
from gateway.adapters.postgres.budgets import outbound_webhooks as stored
from gateway.adapters.postgres.budgets.outbound_webhooks import PostgresOutboundWebhooks
from gateway.domain.budgets.webhooks import PAUSES_S
from gateway.handlers.budget_notices import LEASE, NO_WEBHOOK, on_budget_news, send_due_webhooks
from gateway.ports.outbound_webhooks import OutboundWebhook, SendResult
from runtime.bad_rows import BadRows
from runtime.bus import Publisher
from runtime.database import Database
from runtime.ids import new_id
from support.eventually import eventually
from support.gateway.front_door import FrontDoor, front_door
from support.gateway.webhook_receiver import a_receiver
from support.money import HandClock

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def step(tenant: str, number: int, to: BudgetStep) -> Envelope[Any]:
    fact = BudgetStepChanged(
        number=number,
        month="2026-11",
        before="full",
        step=to,
        spent_usd=Decimal("70.1"),
        limit_usd=Decimal(100),
    )
    return envelope(tenant, fact)


def alert(tenant: str, percent: int) -> Envelope[Any]:
    fact = BudgetAlertRaised(
        month="2026-11", percent=percent, spent_usd=Decimal(percent), limit_usd=Decimal(100)
    )
    return envelope(tenant, fact)


def envelope(tenant: str, fact: BudgetStepChanged | BudgetAlertRaised) -> Envelope[Any]:
    return Envelope[Any](
        id=EventId(new_id()),
        type=fact.event_type,
        tenant_id=TenantId(tenant),
        occurred_at=datetime(2026, 11, 21, 12, tzinfo=UTC),
        data=fact,
    )


@pytest.fixture
async def open_door(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Any
) -> AsyncIterator[FrontDoor]:
    """Whose operator lets webhooks go to private addresses."""
    settings = {"webhook_private_addresses": True, "webhooks_every_s": 0.05}
    async with front_door(servers, redis, tmp_path, **settings) as opened:
        yield opened


async def test_a_step_of_the_ladder_reaches_the_webhook_and_the_page(
    open_door: FrontDoor,
) -> None:
    async with open_door.client("a") as ours, a_receiver() as receiver:
        url = f"http://127.0.0.1:{receiver.port}/hook"
        made = (await ours.put("/v1/webhook", json={"url": url})).json()
        assert made["secret"].startswith("whsec_")
        told = step(open_door.tenants["a"], 1, "fewer_frames")
        await Publisher(open_door.redis).publish(told)
        await Publisher(open_door.redis).publish(told)
        await eventually(lambda: receiver.got)
        [(headers, body)] = receiver.got
        sent = Webhook(made["secret"]).verify(body, headers)
        assert headers["webhook-id"] == str(told.id)
        assert (sent["type"], sent["data"]["step"]) == ("budget.step_changed", "fewer_frames")

        async def shown() -> bool:
            [notice] = (await ours.get("/v1/budget/notices")).json()["notices"]
            return notice["webhook"]["state"] == "delivered"

        await eventually(shown)
        state = (await ours.get("/v1/webhook")).json()
        assert (state["url"], state["waiting"]) == (url, 0)
        assert "secret" not in state


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://hooks.example.com/", "webhook_refused"),
        ("https://127.0.0.1/", "webhook_refused"),
        ("https://localhost/", "webhook_refused"),
        ("https://[::1]/", "webhook_refused"),
        ("https://169.254.169.254/latest/meta-data", "webhook_refused"),
        ("https://0x7f.1/", "webhook_refused"),
        ("https://no-such-host.invalid/", "webhook_refused"),
        ("file:///etc/passwd", "invalid_body"),
    ],
)
async def test_an_address_inside_is_refused_unless_the_operator_allows_it(
    ours: httpx.AsyncClient, url: str, code: str
) -> None:
    reply = await ours.put("/v1/webhook", json={"url": url})
    assert reply.is_client_error
    assert reply.json()["code"] == code
    assert (await ours.get("/v1/webhook")).json()["url"] is None


class Receiver:
    """Answers each try as it is told to."""

    def __init__(self, *problems: str | None) -> None:
        self.problems = list(problems)
        self.got: list[str] = []

    async def check(self, url: str) -> str | None: ...

    async def send(self, to: OutboundWebhook, message_id: Any, body: str) -> SendResult:
        self.got.append(str(message_id))
        return SendResult(self.problems.pop(0) if len(self.problems) > 1 else self.problems[0])


class OneTenantsWebhooks(PostgresOutboundWebhooks):
    """As if there were one tenant: the database keeps those of all tests."""

    def __init__(self, database: Database, tenant: str) -> None:
        super().__init__(database)
        self.tenant_id = TenantId(tenant)

    async def due(self, at: datetime, limit: int) -> Sequence[tuple[TenantId, UUID]]:
        return [one for one in await super().due(at, limit) if one[0] == self.tenant_id]


class Rounds:
    """A tenant with a webhook, and rounds of sending by a clock that is moved by hand."""

    def __init__(self, webhooks: OneTenantsWebhooks) -> None:
        self.webhooks, self.clock = webhooks, HandClock()
        # No gateway that runs beside looks so far ahead.
        self.clock.at = datetime(2100, 1, 1, tzinfo=UTC)

    async def hook(self) -> None:
        webhook = OutboundWebhook("https://hooks.example.com/", SECRET)
        by = KeyId(new_id())
        await self.webhooks.put(self.webhooks.tenant_id, webhook, at=self.clock.now(), by=by)

    async def tell(self, event: Envelope[Any]) -> None:
        await on_budget_news(event, webhooks=self.webhooks, clock=self.clock)

    async def send(self, receiver: Receiver) -> None:
        bad = BadRows("budget notice", self.clock)
        await send_due_webhooks(webhooks=self.webhooks, sender=receiver, clock=self.clock, bad=bad)
        assert len(bad) == 0


@pytest.fixture
async def rounds(door: FrontDoor, service_urls: dict[str, str]) -> AsyncIterator[Rounds]:
    async with Database(service_urls["gateway"], application="test") as database:
        made = Rounds(OneTenantsWebhooks(database, door.tenants["a"]))
        await made.hook()
        yield made


async def newest(client: httpx.AsyncClient) -> dict[str, Any]:
    return (await client.get("/v1/budget/notices")).json()["notices"][0]


async def test_a_receiver_that_fails_is_tried_again_later_with_the_same_id(
    rounds: Rounds, ours: httpx.AsyncClient
) -> None:
    told = alert(rounds.webhooks.tenant_id, 50)
    await rounds.tell(told)
    receiver = Receiver("The receiver answered 500.", None)
    await rounds.send(receiver)
    await rounds.send(receiver)
    assert receiver.got == [str(told.id)], "not before its time"
    shown = (await newest(ours))["webhook"]
    assert (shown["state"], shown["problem"]) == ("waiting", "The receiver answered 500.")
    rounds.clock.at += timedelta(seconds=PAUSES_S[0])
    await rounds.send(receiver)
    assert receiver.got == [str(told.id)] * 2
    shown = (await newest(ours))["webhook"]
    assert (shown["state"], shown["attempts"], shown["problem"]) == ("delivered", 2, None)


async def test_what_is_never_taken_is_given_up_and_shown_so(
    rounds: Rounds, ours: httpx.AsyncClient
) -> None:
    await rounds.tell(step(rounds.webhooks.tenant_id, 1, "cheaper"))
    receiver = Receiver("The receiver answered 503.")
    for _ in range(len(PAUSES_S) + 5):
        await rounds.send(receiver)
        rounds.clock.at += timedelta(days=1)
    assert len(receiver.got) == len(PAUSES_S) + 1
    notice = await newest(ours)
    assert (notice["kind"], notice["step"]) == ("step", "cheaper")
    assert notice["webhook"]["state"] == "given_up"
    assert notice["webhook"]["problem"] == "The receiver answered 503."
    assert notice["webhook"]["next_at"] is None


async def test_what_a_process_that_died_had_claimed_is_sent_by_another(rounds: Rounds) -> None:
    told = alert(rounds.webhooks.tenant_id, 50)
    await rounds.tell(told)
    now = rounds.clock.now()
    claims = [
        await rounds.webhooks.claim(told.tenant_id, told.id, at=now, until=now + LEASE)
        for _ in range(2)
    ]
    assert [claim is None for claim in claims] == [False, True]
    receiver = Receiver(None)
    await rounds.send(receiver)
    assert receiver.got == []
    rounds.clock.at += LEASE
    await rounds.send(receiver)
    assert receiver.got == [str(told.id)]


async def test_a_fact_that_is_delivered_again_is_sent_once(rounds: Rounds) -> None:
    told, receiver = alert(rounds.webhooks.tenant_id, 80), Receiver(None)
    for _ in range(3):
        await rounds.tell(told)
        await rounds.send(receiver)
    assert receiver.got == [str(told.id)]


async def test_a_full_queue_gives_up_what_comes_and_says_so(
    rounds: Rounds, ours: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "MOST_WAITING", 2)
    for percent in (50, 80, 100):
        await rounds.tell(alert(rounds.webhooks.tenant_id, percent))
    states = [
        one["webhook"]["state"] for one in (await ours.get("/v1/budget/notices")).json()["notices"]
    ]
    assert sorted(states) == ["given_up", "waiting", "waiting"]


async def test_what_waits_for_a_webhook_that_is_removed_is_given_up(
    rounds: Rounds, ours: httpx.AsyncClient
) -> None:
    await rounds.tell(alert(rounds.webhooks.tenant_id, 50))
    assert (await ours.delete("/v1/webhook")).status_code == 204
    receiver = Receiver(None)
    await rounds.send(receiver)
    assert receiver.got == []
    assert (await newest(ours))["webhook"]["problem"] == NO_WEBHOOK
    await rounds.tell(alert(rounds.webhooks.tenant_id, 80))
    told = (await ours.get("/v1/budget/notices")).json()["notices"]
    assert sorted(one["webhook"] is None for one in told) == [False, True]
