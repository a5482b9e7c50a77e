"""What is tried costs less than a cent in all, and each kind comes once before any comes twice."""

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from cli.checks.providers.faults import Subject
from cli.checks.providers.trying import MAX_USD, Try, plan
from spending import OwnPrice, Quantity

NOW = datetime(2026, 11, 29, tzinfo=UTC)
OWN = "openai-compatible"
PRICES = {OWN: OwnPrice(Decimal(1), Decimal(1))}


async def nothing() -> Quantity:
    return Quantity.tokens(0)


def a_try(kind: str, model: str, usd: Decimal) -> Try:
    tokens = Quantity.tokens(int(usd * 1_000_000))
    return Try(Subject(OWN, "LLM_ROUTER_TIERS"), kind, model, tokens, nothing, PRICES)


@given(
    st.lists(
        st.tuples(st.sampled_from(["models", "pictures", "rerank"]), st.integers(0, 12_000)),
        max_size=12,
    )
)
def test_all_together_cost_less_than_a_cent_and_nothing_is_left_out_silently(
    wanted: list[tuple[str, int]],
) -> None:
    tries = [
        a_try(kind, f"m{number}", Decimal(micro) / 1_000_000)
        for number, (kind, micro) in enumerate(wanted)
    ]
    planned = plan(tries, NOW)
    told = [*planned.tries, *planned.left_out]
    assert planned.at_most_usd < MAX_USD
    assert sum((one.usd(one.at_most, NOW) for one in planned.tries), Decimal(0)) < MAX_USD
    names = sorted([one.model for one in told] + [row.model for row in planned.refused])
    assert names == sorted(one.model for one in tries)


def test_each_kind_comes_once_before_any_comes_twice() -> None:
    tries = [
        a_try("models", "weak", Decimal("0.004")),
        a_try("models", "strong", Decimal("0.004")),
        a_try("rerank", "order", Decimal("0.004")),
    ]
    planned = plan(tries, NOW)
    assert [one.model for one in planned.tries] == ["weak", "order"]
    assert [one.model for one in planned.left_out] == ["strong"]


def test_the_only_one_of_its_kind_that_is_too_dear_is_a_row_that_says_so() -> None:
    [row] = plan([a_try("models", "dear", Decimal("0.02"))], NOW).refused
    assert not row.ok
    assert "more than a cent" in row.found
