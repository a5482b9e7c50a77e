"""Calls of models as a scraper sees them."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from answering.evidence import Evidence
from contracts.conversation import TurnTaken
from contracts.fact import Envelope
from llm_router.adapters.counted_models import CountedModels, complexity_name
from llm_router.domain.complexity import MOST
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.routing import Route
from llm_router.ports import CallScope, Run, Turn
from runtime.clock import SystemClock
from runtime.telemetry import metrics
from support.eventually import eventually
from support.router.asks import an_ask
from support.router.routers import ScriptedModels
from support.router.turns import SESSION, a_turn, enveloped

AT = datetime(2026, 11, 28, tzinfo=UTC)
EVENT = cast("Envelope[TurnTaken]", enveloped(a_turn()))
SCOPE = CallScope(Run(Turn(EVENT, SESSION, "1-0", AT, AT), 1), timedelta(seconds=8))
FIRST = "a:one"


def counted(success: str) -> float:
    """Whatever the tenant is called: in a process of many it is `other`."""
    labels = {"model": FIRST, "complexity": "simple", "success": success}
    return sum(
        sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == "ai_requests_total" and labels.items() <= sample.labels.items()
    )


def timed() -> float:
    labels = {"model": FIRST}
    return metrics.registry.get_sample_value("ai_request_duration_seconds_count", labels) or 0.0


async def test_a_reply_is_a_success_and_a_failure_is_none() -> None:
    inner, before = ScriptedModels(), (counted("true"), counted("false"), timed())
    models = CountedModels(inner, SystemClock())
    inner.replies = [Reply("Yes."), Failure("timeout"), Failure("bad_reply")]
    for _ in range(3):
        await models.ask(an_ask(Evidence()), SCOPE)
    after = (counted("true"), counted("false"), timed())
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 2, 3]


async def test_a_call_that_is_left_counts_as_one_without_success() -> None:
    inner, before = ScriptedModels(hold=asyncio.Event()), counted("false")
    models = CountedModels(inner, SystemClock())
    asking = asyncio.ensure_future(models.ask(an_ask(Evidence()), SCOPE))
    await eventually(lambda: len(inner.asked) == 1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert counted("false") == before + 1


def test_complexities_are_cut_where_a_route_by_complexity_changes_among_three_tiers() -> None:
    route, names = Route("complexity"), ("simple", "moderate", "complex")
    tiers = [route.first_tier(3, score, EVENT.data.turn_id) for score in range(MOST + 1)]
    assert [complexity_name(score) for score in range(MOST + 1)] == [names[at] for at in tiers]
