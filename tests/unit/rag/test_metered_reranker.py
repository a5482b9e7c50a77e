from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from contracts.conversation import TurnTaken
from contracts.errors import UnavailableError
from contracts.fact import Envelope
from contracts.ids import TenantId
from contracts.usage import UsageIncurred
from rag.adapters.metered_reranker import MeteredReranker
from rag.ports.embedding import NothingUsedError
from rag.ports.reranking import Reranked, RerankUnit, Used
from runtime.clock import SystemClock
from spending import Spending
from support.open_accounts import OpenAccounts
from support.rag.knowledge import a_question

ACME = TenantId("acme")
QUESTION = "old port"
TEXTS = ["the old port", "a cat"]
MODELS: dict[RerankUnit, str] = {"query": "cohere:rerank-v3.5", "token": "voyageai:rerank-2.5"}


@dataclass
class FakeModel:
    """A text's score is its length; fails when told to."""

    unit: RerankUnit
    failure: Exception | None = None

    @property
    def model(self) -> str:
        return MODELS[self.unit]

    def most(self, query: str, texts: Sequence[str]) -> Used:
        return Used(1_000, self.unit)

    async def rerank(self, query: str, texts: Sequence[str]) -> Reranked:
        if self.failure is not None:
            raise self.failure
        return Reranked([float(len(text)) for text in texts], Used(300, self.unit))


@dataclass
class Metered:
    """The reranker over a fake model, and what it states."""

    model: FakeModel
    turn: Envelope[TurnTaken] = field(default_factory=lambda: a_question(ACME, QUESTION))
    accounts: OpenAccounts = field(default_factory=OpenAccounts)
    usage: list[UsageIncurred] = field(default_factory=list[UsageIncurred])

    async def publish(self, envelope: Envelope[Any]) -> None:
        self.usage.append(envelope.data)

    async def scores(self, query: str = QUESTION) -> Sequence[float]:
        spending = Spending("rag", self.accounts, self.publish, SystemClock())
        reranker = MeteredReranker(self.model, spending)
        return await reranker.scores(query, TEXTS, self.turn)


@pytest.fixture(params=["query", "token"])
def metered(request: pytest.FixtureRequest) -> Metered:
    return Metered(FakeModel(request.param))


async def test_what_was_used_is_stated_by_the_providers_unit(metered: Metered) -> None:
    assert await metered.scores() == [12, 5]
    (used,) = metered.usage
    assert (used.kind, f"{used.provider}:{used.model}") == ("rerank", metered.model.model)
    assert (used.quantity, used.unit) == (300, metered.model.unit)
    # A search costs 0.002 USD, a million tokens 0.05.
    assert used.cost_usd == Decimal("0.6" if used.unit == "query" else "0.000015")
    assert metered.accounts.held == set()


async def test_each_try_is_a_call_of_its_own_for_its_provider_charges_each(
    metered: Metered,
) -> None:
    for query in (QUESTION, QUESTION, "old harbour"):
        await metered.scores(query)
    assert len({one.usage_id for one in metered.usage}) == 3


async def test_a_refusal_costs_nothing_and_frees_the_hold(metered: Metered) -> None:
    metered.model.failure = NothingUsedError("busy")
    with pytest.raises(NothingUsedError):
        await metered.scores()
    (used,) = metered.usage
    assert (used.quantity, used.unit, used.cost_usd) == (0, metered.model.unit, 0)
    assert metered.accounts.held == set()


async def test_a_failure_that_may_have_cost_something_leaves_its_hold_to_the_sweep(
    metered: Metered,
) -> None:
    metered.model.failure = UnavailableError("late")
    with pytest.raises(UnavailableError):
        await metered.scores()
    assert metered.usage == []
    assert len(metered.accounts.held) == 1
