"""Rates of hosted models: a plan's, and the operator's where it says something else."""

from pathlib import Path

import pytest

from contracts.ids import TenantId
from contracts.tenants import ModelRate, ModelRateChange, Plan, TenantState
from runtime.rates import model_rate_of
from runtime.settings import InvalidSettingsError, ServiceSettings, read_settings


def tenant(tier: Plan) -> TenantState:
    return TenantState(tenant_id=TenantId("acme"), name="Acme", tier=tier, version=1)


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    monkeypatch.setenv("FILES_DIR", str(tmp_path))


@pytest.mark.parametrize(
    ("plan", "requests", "tokens"),
    [("free", 20, 10_000), ("professional", 100, 50_000), ("enterprise", 500, 250_000)],
)
def test_each_plan_has_its_requests_and_tokens(plan: Plan, requests: int, tokens: int) -> None:
    assert model_rate_of(tenant(plan), {}) == ModelRate(requests=requests, tokens=tokens)


def test_a_tenant_that_nobody_told_of_has_the_free_plan() -> None:
    assert model_rate_of(None, {}) == model_rate_of(tenant("free"), {})


def test_the_operator_changes_what_it_names_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MODEL_RATES", '{"free": {"tokens": 40000}}')
    changes = read_settings(ServiceSettings).model_rates
    assert changes == {"free": ModelRateChange(tokens=40_000)}
    assert model_rate_of(tenant("free"), changes) == ModelRate(requests=20, tokens=40_000)
    assert model_rate_of(tenant("professional"), changes) == model_rate_of(
        tenant("professional"), {}
    )


@pytest.mark.parametrize(
    "wrong",
    [
        '{"gold": {"tokens": 1}}',
        '{"free": {"tokens": 0}}',
        '{"free": {"token": 9}}',
        '{"free": 9}',
        "free: 9",
    ],
)
def test_a_rate_that_makes_no_sense_is_refused_by_the_variables_name(
    monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setenv("MODEL_RATES", wrong)
    with pytest.raises(InvalidSettingsError, match="MODEL_RATES"):
        read_settings(ServiceSettings)
