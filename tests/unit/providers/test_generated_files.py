"""`.env.example` and the reference of providers say what the catalogue and the code say."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from media_agent.settings import SpeechSettings
from providers.catalogue import BY_NAME, PROVIDERS, SHARED, Provider
from providers.generate import ROOT, example, generated
from runtime.settings import names_of
from spending.prices import TABLE

ASSIGNED = re.compile(r"^(?:# )?([A-Z][A-Z0-9_]+)=(.*)$", re.MULTILINE)
SPEECH = [provider for provider in PROVIDERS if {"stt", "tts"} & {*provider.kinds}]


def test_the_committed_files_are_what_the_catalogue_makes() -> None:
    stale = [path for path, text in generated() if (ROOT / path).read_text() != text]
    assert stale == [], "run `make generate` and commit what it writes"


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_the_example_has_every_variable_of_a_provider(provider: Provider) -> None:
    names = {*provider.key_variables, provider.url_variable}
    names |= {variable.name for variable in provider.others}
    assert [name for name in names if not re.search(rf"\b{name}\b", example())] == []


def test_the_example_as_it_is_sets_nothing_but_empty_values_and_repeats_no_name() -> None:
    found = ASSIGNED.findall(example())
    names = [name for name, _ in found]
    assert len(names) == len(set(names))
    lines = [line for line in example().splitlines() if not line.startswith("#")]
    assert [line for line in lines if line and not line.endswith("=")] == []
    assert {variable.name for variable in SHARED} <= set(names)


@pytest.mark.parametrize("provider", SPEECH, ids=lambda provider: provider.name)
def test_speech_reads_the_keys_addresses_and_defaults_that_the_catalogue_says(
    provider: Provider,
) -> None:
    assert names_of(SpeechSettings, f"{provider.name}_api_key") == provider.key_variables
    prefix = f"MEDIA_AGENT_{provider.name.upper()}"
    assert provider.url_variable == f"{prefix}_URL"
    defaults = {f"{prefix}_URL": provider.url}
    defaults |= {variable.name: variable.default for variable in provider.others}
    for variable, default in defaults.items():
        field = variable.removeprefix("MEDIA_AGENT_").lower()
        assert SpeechSettings.model_fields[field].default == default


@pytest.mark.parametrize("name", ["ELEVEN_API_KEY", "ELEVENLABS_API_KEY", "ELEVEN_LABS_API_KEY"])
def test_a_key_of_a_voice_counts_under_each_of_its_names(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELEVEN_API_KEY", "")
    monkeypatch.setenv(name, "key")
    settings = SpeechSettings(redis_url="redis://127.0.0.1", files_dir="/files")  # pyright: ignore[reportArgumentType]
    assert settings.tts_order == ("elevenlabs", "local")
    assert settings.speech_key("elevenlabs") == "key"


@pytest.mark.parametrize("provider", SPEECH, ids=lambda provider: provider.name)
def test_the_price_that_is_said_of_speech_is_the_one_that_is_booked(provider: Provider) -> None:
    said = re.search(r"\$([\d.]+)", BY_NAME[provider.name].costs)
    assert said is not None
    default = provider.others[0].default
    today = datetime.now(UTC).date()  # noqa: TID251 - prices of today
    rows = [row for row in TABLE if row.model.name == default and row.since <= today]
    assert Decimal(said[1]) in {row.usd for row in rows}
