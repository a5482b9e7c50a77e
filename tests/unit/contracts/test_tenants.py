import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.tenants import TenantConfig, TenantConfigBody


@given(st.tuples(st.integers(-10, 110), st.integers(-10, 110), st.integers(-10, 110)))
def test_weights_are_percents_of_one_whole(weights: tuple[int, int, int]) -> None:
    good = sum(weights) == 100 and min(weights) >= 0
    try:
        TenantConfig(weights=weights)
    except ValidationError:
        assert not good
    else:
        assert good


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"weights": [60, 25, 10]}, "they add up to 100, not 95"),
        ({"policy": "cheapest"}, "'attempt', 'complexity', 'weighted' or 'hybrid'"),
        ({"instructions": "x" * 4_001}, "at most 4000 characters"),
        ({"retention_days": 0}, "greater than or equal to 1"),
        ({"retention_days": 3_651}, "less than or equal to 3650"),
        ({"retention": 30}, "not permitted"),
    ],
)
def test_what_a_configuration_may_not_be_is_said(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        TenantConfigBody.model_validate(wrong)


def test_what_was_saved_before_a_setting_was_there_gets_its_default() -> None:
    assert TenantConfig.model_validate({"knowledge": False}).retention_days == 365
