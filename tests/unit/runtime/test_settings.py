from pathlib import Path

import pytest
from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from runtime.settings import InvalidSettingsError, ServiceSettings, read_settings, required


class ExampleSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="EXAMPLE_", frozen=True, populate_by_name=True)
    wait_ms: int = Field(default=400, ge=0, le=10_000)


@pytest.fixture(autouse=True)
def shared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:6379/0")
    monkeypatch.setenv("FILES_DIR", str(tmp_path))


def test_a_service_reads_its_own_names_with_a_prefix_and_shared_ones_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EXAMPLE_WAIT_MS", "7")
    settings = read_settings(ExampleSettings)
    assert settings.wait_ms == 7
    assert settings.redis_url == "redis://127.0.0.1:6379/0"


def test_a_missing_and_a_wrong_variable_are_both_named_without_their_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("REDIS_URL")
    monkeypatch.setenv("EXAMPLE_WAIT_MS", "s3cret")
    with pytest.raises(InvalidSettingsError) as caught:
        read_settings(ExampleSettings)
    assert "REDIS_URL" in str(caught.value)
    assert "EXAMPLE_WAIT_MS" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_setting_that_this_service_needs_is_asked_for_by_its_variable() -> None:
    with pytest.raises(InvalidSettingsError, match="DATABASE_URL"):
        required(None, "DATABASE_URL")
    assert required(SecretStr("x"), "DATABASE_URL") == "x"
