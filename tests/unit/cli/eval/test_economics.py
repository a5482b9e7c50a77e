"""What was promised, what follows from it, and what today's prices give."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from cli.eval.costs.assumptions import Assumptions, read_assumptions
from cli.eval.costs.claims import CLAIMS
from cli.eval.costs.list_prices import Compared, ListPrices

NOVEMBER = datetime(2026, 11, 28, tzinfo=UTC)


@pytest.fixture
def assumed() -> Assumptions:
    return read_assumptions(None)


@pytest.mark.parametrize(
    ("name", "saving", "follows"),
    [
        ("text, by the million tokens", "0.818", False),
        ("text, 1,000 requests", "0.808", True),
        ("attempts, each priced with the earlier ones", "0.834", True),
        ("attempts, every attempt paid", "0.783", False),
        ("vision, one frame a second", "0.967", True),
        ("vision, and 70 % of those dropped", "0.990", True),
        ("combined", "0.846", True),
    ],
)
def test_a_promise_follows_from_its_own_assumptions_or_does_not(
    name: str, saving: str, follows: bool
) -> None:
    claim = next(one for one in CLAIMS if one.name == name)
    assert round(claim.saving, 3) == Decimal(saving)
    assert claim.follows is follows


def test_paying_every_attempt_never_saves_more_than_being_routed_once(
    assumed: Assumptions,
) -> None:
    rows = {(row.part, row.method, row.baseline): row for row in _compared(assumed)}
    for (part, method, baseline), row in rows.items():
        if method == "routed once":
            assert row.saving >= rows[part, "every attempt paid", baseline].saving


def test_of_three_baselines_the_one_that_sends_more_frames_costs_more(
    assumed: Assumptions,
) -> None:
    costs = {row.baseline: row.baseline_usd for row in _compared(assumed) if row.part == "meeting"}
    assert (
        costs["strongest tier always"]
        < costs["strongest tier, 1 fps"]
        < costs["strongest tier, 30 fps"]
    )


def test_everything_to_the_strongest_model_saves_nothing(assumed: Assumptions) -> None:
    alone = assumed.model_copy(update={"ended_at": (100,), "tiers": (assumed.tiers[-1],)})
    text = [row for row in _compared(alone) if row.part == "text"]
    assert [row.saving for row in text] == [0, 0]


def _compared(assumed: Assumptions) -> list[Compared]:
    return list(ListPrices(assumed, NOVEMBER).compare())
