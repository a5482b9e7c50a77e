from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.tiers import tiers_for
from spending import (
    LOCAL,
    TIERS,
    Model,
    OwnPrice,
    Priced,
    Quantity,
    baseline_usd,
    estimate,
    price,
)
from spending.account_keys import NANO, nano
from spending.prices import STRONGEST, TABLE, UnknownPriceError

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LISTED = [
    Model(*name.split(":", 1))
    for tier in tiers_for({"anthropic", "google", "openai"}, NOON.date())
    for name in tier.models
]


def test_a_local_model_costs_nothing() -> None:
    assert price(Model(LOCAL, "whisper-base"), Quantity.seconds(12), NOON).usd == 0


def test_a_minute_of_nova_3_costs_what_its_list_says() -> None:
    assert price(Model("deepgram", "nova-3"), Quantity.seconds(60), NOON).usd == Decimal("0.0043")


@given(st.decimals(min_value=0, max_value=100_000, places=3))
def test_a_cost_is_a_whole_number_of_nano_dollars_as_accounts_count(seconds: Decimal) -> None:
    usd = price(Model("deepgram", "nova-3"), Quantity.seconds(seconds), NOON).usd
    assert Decimal(nano(usd)) / NANO == usd


def test_tokens_are_priced_by_genai_prices_and_the_row_says_which_version() -> None:
    priced = price(TIERS[0], Quantity.tokens(100_000, 0), NOON)
    assert priced.usd == Decimal("0.01")
    assert priced.row.startswith("genai-prices/")


def test_a_long_prompt_costs_more_a_token_than_a_short_one() -> None:
    short = price(TIERS[0], Quantity.tokens(100_000), NOON).usd
    assert price(TIERS[0], Quantity.tokens(200_000), NOON).usd == 10 * short


@given(st.lists(st.integers(0, 100_000), min_size=4, max_size=4), st.sampled_from(LISTED))
def test_no_reply_costs_more_than_one_whose_prompt_is_all_written_into_the_cache(
    counts: list[int], model: Model
) -> None:
    plain, cached, written, out = counts
    tokens_in = plain + cached + written
    used = Quantity.tokens(tokens_in, out, cached, written)
    most = Quantity.tokens(tokens_in, out, cache_written=tokens_in)
    assert price(model, used, NOON).usd <= price(model, most, NOON).usd


def test_what_is_written_into_a_cache_costs_a_quarter_more() -> None:
    read = price(STRONGEST, Quantity.tokens(1_000_000), NOON).usd
    written = price(STRONGEST, Quantity.tokens(1_000_000, cache_written=1_000_000), NOON).usd
    assert written == read * Decimal("1.25")


@pytest.mark.parametrize(
    ("used", "usd"),
    [(Quantity.queries(3), Decimal("0.006")), (Quantity.tokens(1_000_000), Decimal("0.05"))],
)
def test_reranking_is_estimated_by_the_unit_it_is_counted_in(used: Quantity, usd: Decimal) -> None:
    assert estimate("rerank", used, NOON) == usd


def test_estimates_go_by_the_first_of_each_tier_for_all_keys() -> None:
    served = tiers_for({"anthropic", "google", "openai"}, NOON.date())
    assert [f"{model.provider}:{model.name}" for model in TIERS] == [
        tier.models[0] for tier in served
    ]


def test_a_server_of_ones_own_costs_what_its_owner_says() -> None:
    own = {"openai-compatible": OwnPrice(Decimal("0.5"), Decimal(2))}
    model = Model("openai-compatible", "any-model")
    priced = price(model, Quantity.tokens(1_000_000, 500_000), NOON, own)
    assert priced == Priced(Decimal("1.5"), "own/openai-compatible")
    with pytest.raises(UnknownPriceError, match="no price for openai-compatible:any-model"):
        price(model, Quantity.tokens(10), NOON)


def test_a_price_that_changes_on_a_day_follows_the_day_of_the_call() -> None:
    model, million = Model("google", "gemini-4-argon"), Quantity.tokens(1_000_000)
    before = price(model, million, datetime(2026, 11, 30, tzinfo=UTC)).usd
    after = price(model, million, datetime(2026, 12, 2, tzinfo=UTC)).usd
    assert after == 2 * before


def test_a_model_that_nobody_prices_is_refused_not_free() -> None:
    with pytest.raises(UnknownPriceError, match="no price for acme:dream"):
        price(Model("acme", "dream"), Quantity.tokens(10), NOON)


def test_on_screen_text_is_local_by_default_so_its_estimate_is_nothing() -> None:
    assert estimate("ocr", Quantity.images(3), NOON) == 0


def test_the_baseline_of_an_early_question_counts_only_the_frames_there_were() -> None:
    def asked(at_ms: int, *, has_screen: bool = True) -> Decimal:
        return baseline_usd(
            asked_at_ms=at_ms, question_chars=40, answer_chars=80, has_screen=has_screen, at=NOON
        )

    early, late, silent = asked(10_000), asked(600_000), asked(600_000, has_screen=False)
    assert silent < early < late
    assert late < early * 6


@given(st.decimals(min_value=0, max_value=1_000, places=12))
def test_a_hold_in_whole_nano_dollars_is_never_smaller_than_its_bound(usd: Decimal) -> None:
    assert 0 <= Decimal(nano(usd)) / NANO - usd < 1 / NANO


@pytest.mark.parametrize(
    ("provider", "model", "usd"),
    [
        ("elevenlabs", "eleven_flash_v2_5", "0.04"),
        ("cartesia", "sonic-3", "0.05"),
        ("rime", "coda", "0.03"),
    ],
)
def test_a_thousand_spoken_characters_cost_what_the_list_says(
    provider: str, model: str, usd: str
) -> None:
    thousand = Quantity.characters(1_000)
    assert price(Model(provider, model), thousand, NOON).usd == Decimal(usd)


def test_each_price_of_our_own_names_where_and_when_it_was_read() -> None:
    for row in TABLE:
        assert row.source.name, row.model
        assert row.since <= row.source.read_on <= NOON.date(), row.model
