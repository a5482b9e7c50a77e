"""Four routers at the end of a budget, a provider slow and another failing: no cent too much."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from redis.asyncio import Redis

from cli.fakes.providers import FakeProviders, fake_providers
from cli.fakes.speech_script import KEY
from contracts.budgets import Budget
from contracts.conversation import AnswerCompleted, AnswerRefused
from contracts.ids import SessionId
from contracts.usage import UsageIncurred
from metering.adapters.postgres_ledger import PostgresLedger
from metering.handlers.usage import on_usage_incurred
from runtime.bus import Publisher, provision_streams
from runtime.database import Database
from runtime.redis_client import connect_redis, reply_of
from spending import NANO_USD, Accounts, Model, Quantity, Reconciliation, Terms, price
from support.bus import bodies
from support.eventually import eventually
from support.router.hosted import AT
from support.router.turns import TENANT, a_passage, a_turn, enveloped, found, name
from support.servers import as_service

pytestmark = [pytest.mark.storm, pytest.mark.timeout(600)]
ROUTERS, TURNS, PAID_FOR = 4, 200, 60
NO_RATE = {"free": {"requests": 1_000_000, "tokens": 1_000_000_000}}
"""The budget alone is to refuse."""
SLOW, FAILING = "google:gemini-3.1-flash-lite", "openai:gpt-6-luna"
TIERS = [{"name": "only", "models": [FAILING, SLOW]}]
TOKENS_OUT = 300
WARM_UP = 16
PRICE = a_passage("The Team plan costs 29 USD per month.")


@dataclass
class Rehearsal:
    """The routers' tenant, and what its turns came to."""

    redis: Redis
    url: str
    providers: FakeProviders
    asked: int = 0
    revision: int = 0
    turn_usd: Decimal = Decimal(0)
    """Of each of the last that were asked together."""

    async def ask(self, count: int) -> None:
        """So many turns at once, each in a session of its own, until every one has ended."""
        publisher, before = Publisher(self.redis), await self.spent()
        numbers = range(self.asked, self.asked + count)
        self.asked += count
        facts = [
            enveloped(fact, session=SessionId(name(f"session {n}")))
            for n in numbers
            for fact in (found(PRICE, turn=f"turn {n}"), a_turn(turn=f"turn {n}"))
        ]
        await publisher.publish(*facts)
        await eventually(self.ended, equals=self.asked, timeout_s=120)
        self.turn_usd = ((await self.spent() - before) / count).quantize(NANO_USD)

    async def ended(self) -> int:
        return len(await self.answers()) + len(await self.refusals())

    async def answers(self) -> list[Any]:
        return await bodies(self.redis, AnswerCompleted)

    async def refusals(self) -> list[Any]:
        return await bodies(self.redis, AnswerRefused)

    async def spent(self) -> Decimal:
        return (await Accounts(self.redis).budget(TENANT)).spent_usd

    async def limit(self, usd: Decimal) -> None:
        self.revision += 1
        budget = Budget(month_limit_usd=usd)
        terms = Terms(budget, self.revision, self.revision)
        assert await Accounts(self.redis).apply(TENANT, terms, spent_usd={})

    async def pay_for(self, turns: int) -> Decimal:
        """What so many come to, by the last ones; the limit is set to leave just so much."""
        await self.limit(await self.spent() + self.turn_usd * turns)
        return self.turn_usd * turns


@pytest.fixture
async def rehearsal(redis: Redis, valkey_url: str, tmp_path: Path) -> AsyncIterator[Rehearsal]:
    """Four routers in processes of their own, that know what their models come to."""
    await provision_streams(redis)
    await Accounts(redis).make(TENANT)
    async with fake_providers() as fake, AsyncExitStack() as stack:
        fake.always("google", f"first=0.6,gap=0.002,tokens_out={TOKENS_OUT}")
        environment = {
            **fake.environment,
            "REDIS_URL": as_service(valkey_url, "llm-router"),
            "FILES_DIR": str(tmp_path),
            "LLM_ROUTER_TIERS": json.dumps(TIERS),
            "MODEL_RATES": json.dumps(NO_RATE),
            "LLM_ROUTER_IN_FLIGHT": str(TURNS // ROUTERS),
            "LOG_LEVEL": "ERROR",
        }
        port_files = [tmp_path / f"port {number}" for number in range(ROUTERS)]
        for port_file in port_files:
            process = router_process({**environment, "PORT_FILE": str(port_file)})
            await stack.enter_async_context(process)
        for port_file in port_files:
            await eventually(lambda file=port_file: is_ready(file), timeout_s=120, every_s=0.5)
        made = Rehearsal(redis, valkey_url, fake)
        fake.always("openai", f"tokens_out={TOKENS_OUT}")
        await made.ask(WARM_UP)
        assert await made.refusals() == []
        yield made


async def is_ready(port_file: Path) -> bool:
    port = written(port_file)
    if port is None:
        return False
    async with httpx.AsyncClient() as client:
        with suppress(httpx.TransportError):
            return (await client.get(f"http://127.0.0.1:{port}/health/ready")).is_success
    return False


def written(port_file: Path) -> str | None:
    return port_file.read_text() if port_file.exists() else None


@asynccontextmanager
async def router_process(environment: dict[str, str]) -> AsyncGenerator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "llm_router", env=environment
    )
    try:
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_two_hundred_turns_at_the_end_of_a_budget_overshoot_it_by_nothing(
    rehearsal: Rehearsal, service_urls: dict[str, str]
) -> None:
    redis = rehearsal.redis
    rehearsal.providers.always("openai", "status=500")
    await rehearsal.ask(WARM_UP)
    before, calls = len(await rehearsal.answers()), len(rehearsal.providers.of("google"))
    allowed = await rehearsal.pay_for(PAID_FOR)
    limit = await rehearsal.spent() + allowed

    await rehearsal.ask(TURNS)

    budget = await Accounts(redis).budget(TENANT)
    assert budget.spent_usd <= limit, "overshoot"
    assert budget.held_usd == 0
    answers, refusals = (await rehearsal.answers())[before:], await rehearsal.refusals()
    assert len(answers) + len(refusals) == TURNS
    assert {one.data.reason for one in refusals} == {"budget"}
    # Who was refused met a budget that the calls under way could have used up. On a machine that is
    # too busy some calls are given up, and their turns answered by our own answerer for nothing.
    answered = sum(served_by(one.data) == SLOW for one in answers)
    lost = [one for one in rehearsal.providers.of("google")[calls:] if one.ended != "done"]
    assert answered <= PAID_FOR
    assert answered + len(lost) >= PAID_FOR * 0.8
    await the_ledger_says_what_the_providers_say(rehearsal, service_urls["metering"])
    overspent = await check_then_charge(rehearsal, allowed)
    print(f"\n{answered} answered of {TURNS}, {PAID_FOR} paid for; overshoot 0 USD")  # noqa: T201
    print(f"check, then charge: overspent {overspent:.6f} of {allowed:.6f} USD")  # noqa: T201
    assert overspent > allowed


async def test_fifty_turns_at_once_run_on_a_budget_that_pays_for_sixty(
    rehearsal: Rehearsal,
) -> None:
    await rehearsal.pay_for(60)
    before = len(await rehearsal.answers())
    await rehearsal.ask(50)
    assert len(await rehearsal.answers()) - before == 50
    assert await rehearsal.refusals() == []


def served_by(answer: AnswerCompleted) -> str | None:
    return next((one.model for one in answer.attempts if one.outcome == "accepted"), None)


async def the_ledger_says_what_the_providers_say(rehearsal: Rehearsal, database_url: str) -> None:
    """To the last token, model by model; and the account says what the ledger says."""
    redis = rehearsal.redis
    async with Database(database_url, application="test") as database:
        ledger = PostgresLedger(database)
        earlier = await ledger.months(TENANT)
        stated = await bodies(redis, UsageIncurred)
        for start in range(0, len(stated), 400):
            batch = stated[start : start + 400]
            await on_usage_incurred(batch, ledger=ledger, books=Reconciliation(redis))
        async with database.tenant(TENANT) as connection:
            rows = await connection.fetch(
                "SELECT model, sum(tokens_in) AS i, sum(tokens_out) AS o FROM metering.usage "
                "WHERE usage_id = ANY($1) GROUP BY model",
                [event.data.usage_id for event in stated],
            )
        months = await ledger.months(TENANT)
    journal: Counter[tuple[str, str]] = Counter()
    for call in rehearsal.providers.calls:
        if call.told is not None:
            journal[call.model, "in"] += call.told.tokens_in
            journal[call.model, "out"] += call.told.tokens_out
    found_rows = {(row["model"], "in"): int(row["i"]) for row in rows}
    found_rows |= {(row["model"], "out"): int(row["o"]) for row in rows}
    if all(call.ended in ("done", "error") for call in rehearsal.providers.calls):
        assert {key: tokens for key, tokens in found_rows.items() if tokens} == dict(journal)
    else:
        # Of a call that was given up the provider told nothing: it is charged by an estimate.
        assert all(found_rows[key] >= tokens for key, tokens in journal.items())
    spent = sum(months.values()) - sum(earlier.values())
    assert spent == (await Accounts(redis).spent_and_held(TENANT))[0]


async def check_then_charge(rehearsal: Rehearsal, allowed: Decimal) -> Decimal:
    """What a limiter that counts afterwards overspends on as many such calls; US dollars."""
    model = Model(*SLOW.split(":", 1))
    tokens_in = max(call.told.tokens_in for call in rehearsal.providers.of("google") if call.told)
    asked = {"contents": [{"parts": [{"text": "word" * tokens_in}]}]}
    path = f"{rehearsal.providers.url}/v1beta/models/{model.name}:generateContent"
    redis = connect_redis(rehearsal.url)

    async def charged() -> Decimal:
        return Decimal(cast(bytes, await reply_of(redis.get("charged")) or b"0").decode())

    async def call(client: httpx.AsyncClient) -> None:
        if await charged() >= allowed:
            return
        reply = await client.post(path, json=asked, headers={"x-goog-api-key": KEY})
        told = reply.raise_for_status().json()["usageMetadata"]
        used = Quantity.tokens(told["promptTokenCount"], told["candidatesTokenCount"])
        await reply_of(redis.incrbyfloat("charged", float(price(model, used, AT).usd)))

    limits = httpx.Limits(max_connections=None)
    async with redis, httpx.AsyncClient(timeout=120, limits=limits) as client:
        await asyncio.gather(*(call(client) for _ in range(TURNS)))
        return await charged() - allowed
