from datetime import date
from decimal import Decimal
from itertools import combinations

import pytest
from genai_prices import Usage, calc_price
from hypothesis import given
from hypothesis import strategies as st

from providers.catalogue import BY_NAME
from providers.tiers import ENDING_WITHIN, ModelRow, model_rows, pictures_for, row_of, tiers_for

READ_ON = date(2026, 11, 29)
HOSTED = ("anthropic", "google", "openai")
KEYS = [keys for count in (1, 2, 3) for keys in combinations(HOSTED, count)]
ROWS = list(model_rows().values())


def first_of(keys: tuple[str, ...]) -> list[str]:
    return [tier.models[0] for tier in tiers_for(keys, READ_ON)]


@pytest.mark.parametrize("keys", KEYS, ids="+".join)
def test_three_tiers_follow_any_set_of_keys_and_ask_no_one_else(keys: tuple[str, ...]) -> None:
    tiers = tiers_for(keys, READ_ON)

    assert [tier.name for tier in tiers] == ["weak", "middle", "strong"]
    assert {model.split(":")[0] for tier in tiers for model in tier.models} == set(keys)


@pytest.mark.parametrize("keys", KEYS, ids="+".join)
def test_pictures_are_read_by_models_that_see(keys: tuple[str, ...]) -> None:
    models = pictures_for(keys, READ_ON)

    assert models
    for model in models:
        row = row_of(model)
        assert row is not None
        assert row.sees_pictures


@pytest.mark.parametrize("keys", KEYS, ids="+".join)
def test_each_tier_costs_more_than_the_one_below(keys: tuple[str, ...]) -> None:
    costs = [_usd(model, 1_000, 300) for model in first_of(keys)]

    assert costs == sorted(costs)
    assert len(set(costs)) == len(costs)


def test_without_a_key_there_is_no_tier() -> None:
    assert tiers_for((), READ_ON) == ()
    assert tiers_for(("openai-compatible", "deepgram"), READ_ON) == ()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_model_of_the_table_has_a_price_and_the_limits_that_go_with_it(row: ModelRow) -> None:
    model = f"{row.provider}:{row.name}"
    found = calc_price(Usage(input_tokens=1), row.name, provider_id=row.provider)

    assert row.provider in BY_NAME
    assert found.model.context_window == row.context_tokens
    steps = (10_000, 100_000, 200_000, 272_000)
    dearer = [step for step in steps if _usd(model, step + 1) / (step + 1) > _per_token(model)]
    assert (dearer[0] if dearer else None) == row.dearer_above_tokens


@given(days=st.integers(-100, 100), row=st.sampled_from([row for row in ROWS if row.ends]))
def test_a_model_serves_until_the_day_it_ends_and_says_so_sixty_days_before(
    days: int, row: ModelRow
) -> None:
    assert row.ends is not None
    today = date.fromordinal(row.ends.toordinal() + days)
    served = {model for tier in tiers_for((row.provider,), today) for model in tier.models}

    assert row.has_ended(today) == (days >= 0)
    assert row.ends_soon(today) == (-ENDING_WITHIN.days <= days < 0)
    assert not (row.has_ended(today) and f"{row.provider}:{row.name}" in served)


def test_the_tier_of_a_model_that_ended_is_left_out() -> None:
    assert [tier.name for tier in tiers_for(("google",), date(2027, 5, 7))] == ["middle", "strong"]


def _usd(model: str, tokens_in: int, tokens_out: int = 0) -> Decimal:
    provider, name = model.split(":")
    usage = Usage(input_tokens=tokens_in, output_tokens=tokens_out)
    return calc_price(usage, name, provider_id=provider).total_price


def _per_token(model: str) -> Decimal:
    return _usd(model, 1_000) / 1_000
