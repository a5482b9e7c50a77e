from decimal import Decimal

import pytest
from pydantic import ValidationError

from providers.catalogue import PROVIDERS, Provider
from providers.settings import OWN_SERVER, ProviderSettings

KEYED = [provider for provider in PROVIDERS if provider.name != OWN_SERVER]
NAMES = [(provider.name, name) for provider in KEYED for name in provider.key_variables]


@pytest.mark.parametrize(("provider", "variable"), NAMES)
def test_a_key_is_understood_under_each_of_its_names(provider: str, variable: str) -> None:
    connections = ProviderSettings.of({variable: " a key "}).connections()

    assert list(connections) == [provider]
    assert connections[provider].api_key.get_secret_value() == "a key"


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_an_address_of_its_own_is_used_in_place_of_the_providers(provider: Provider) -> None:
    environment = {provider.key_variables[0]: "key", provider.url_variable: "http://127.0.0.1:9"}

    connections = ProviderSettings.of(environment).connections()

    assert connections[provider.name].base_url == "http://127.0.0.1:9"


def test_an_empty_variable_does_not_hide_the_key_under_another_name() -> None:
    environment = {"GOOGLE_API_KEY": "", "GEMINI_API_KEY": "key", "ANTHROPIC_API_KEY": " "}

    assert list(ProviderSettings.of(environment).connections()) == ["google"]


def test_a_server_of_ones_own_is_there_by_its_address_alone() -> None:
    with_address = ProviderSettings.of({"OPENAI_COMPATIBLE_BASE_URL": "http://127.0.0.1:11434/v1"})
    with_key = ProviderSettings.of({"OPENAI_COMPATIBLE_API_KEY": "key"})

    assert list(with_address.connections()) == [OWN_SERVER]
    assert list(with_key.connections()) == []


def test_no_key_is_shown_by_the_settings_or_a_connection() -> None:
    settings = ProviderSettings.of({"OPENAI_API_KEY": "sk-very-secret"})

    assert "very-secret" not in f"{settings!r}{settings.connections()!r}{settings.model_dump()}"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_a_server_on_this_machine_costs_nothing(host: str) -> None:
    settings = ProviderSettings.of({"OPENAI_COMPATIBLE_BASE_URL": f"http://{host}:11434/v1"})

    assert settings.own_server_price() == (0, 0)


@pytest.mark.parametrize("host", ["10.0.0.7", "models.example.com", "localhost.example.com"])
def test_a_server_elsewhere_costs_what_is_set_and_never_nothing_by_itself(host: str) -> None:
    there = {"OPENAI_COMPATIBLE_BASE_URL": f"https://{host}/v1"}
    half = {**there, "OPENAI_COMPATIBLE_USD_PER_MILLION_IN": "0.2"}
    priced = {**half, "OPENAI_COMPATIBLE_USD_PER_MILLION_OUT": "0.8"}

    assert ProviderSettings.of(there).own_server_price() is None
    assert ProviderSettings.of(half).own_server_price() is None
    assert ProviderSettings.of(priced).own_server_price() == (Decimal("0.2"), Decimal("0.8"))


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError):
        ProviderSettings.of({"OPENAI_BASE_URL": "localhost"})
