import logging
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from contracts.errors import RejectedError
from llm_router.domain.routing import Tier
from llm_router.domain.served_tiers import OFFLINE, ServedTiers, served_tiers
from llm_router.main import build
from llm_router.settings import LlmRouterSettings
from runtime.settings import read_settings
from support.money import HandClock

TODAY = date(2026, 11, 29)


def test_without_a_key_the_offline_answerer_is_the_only_tier_and_no_last_resort() -> None:
    assert served_tiers((), (), TODAY) == ServedTiers((OFFLINE,))
    assert served_tiers((), ("deepgram", "voyageai"), TODAY) == ServedTiers((OFFLINE,))


@pytest.mark.parametrize("provider", ["anthropic", "google", "openai"])
def test_one_key_is_enough_for_three_tiers_of_its_provider(provider: str) -> None:
    served = served_tiers((), (provider,), TODAY)

    assert [tier.name for tier in served.tiers] == ["weak", "middle", "strong"]
    assert served.providers == (provider,)
    assert served.last_resort == OFFLINE


def test_offline_wins_over_keys_and_tiers() -> None:
    told = (Tier("one", ("openai:gpt-6-luna",)),)

    assert served_tiers(told, ("openai",), TODAY, offline=True) == ServedTiers((OFFLINE,))


def test_tiers_that_are_set_win_over_those_that_follow_the_keys() -> None:
    told = (Tier("one", ("openai:gpt-6-luna", "openai-compatible:of-my-own")),)

    served = served_tiers(told, ("anthropic", "openai", "openai-compatible"), TODAY)

    assert served == ServedTiers(told, OFFLINE)


def test_a_tier_of_our_own_among_them_is_last_resort_enough() -> None:
    told = (OFFLINE, Tier("strong", ("openai:gpt-6.1-sol",)))

    served = served_tiers(told, ("openai",), TODAY)
    assert (served.tiers, served.last_resort) == (told, None)


def test_a_model_past_its_end_is_passed_over_and_the_next_serves() -> None:
    told = (
        Tier("weak", ("google:gemini-2.5-flash-lite", "google:gemini-3.1-flash-lite")),
        Tier("middle", ("google:gemini-2.5-flash",)),
    )

    served = served_tiers(told, ("google",), TODAY)

    assert served.tiers == (Tier("weak", ("google:gemini-3.1-flash-lite",)),)
    assert served.ended == ("google:gemini-2.5-flash-lite", "google:gemini-2.5-flash")


def test_a_model_of_the_table_that_has_ended_since_is_named() -> None:
    served = served_tiers((), ("google",), date(2027, 6, 1))

    assert served.ended == ("google:gemini-3.1-flash-lite",)
    assert [tier.name for tier in served.tiers] == ["middle", "strong"]


def test_tiers_that_have_all_ended_are_refused() -> None:
    told = (Tier("weak", ("google:gemini-2.5-flash",)),)

    with pytest.raises(RejectedError, match=r"has ended \(google:gemini-2.5-flash\); name others"):
        served_tiers(told, ("google",), TODAY)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("acme:dream", "names the model acme:dream; models that can be asked are local:"),
        ("local:other", "names the model local:other"),
        ("deepgram:nova-3", "names the model deepgram:nova-3"),
        ("openai:", "names the model openai:;"),
        ("anthropic:claude-haiku-5-5", "ANTHROPIC_API_KEY is not set"),
        ("openai-compatible:llama", "OPENAI_COMPATIBLE_BASE_URL is not set"),
    ],
)
def test_a_model_that_cannot_be_asked_is_refused_by_what_is_missing(model: str, said: str) -> None:
    with pytest.raises(RejectedError, match=said):
        served_tiers((Tier("one", (model,)),), ("openai",), TODAY)


def settings(tmp_path: Path, **told: object) -> LlmRouterSettings:
    return LlmRouterSettings.model_validate(
        {"redis_url": "redis://127.0.0.1:1", "files_dir": tmp_path, **told}
    )


def clock(day: date = TODAY) -> HandClock:
    clock = HandClock()
    clock.at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return clock


def test_a_model_without_a_price_keeps_the_router_from_starting(tmp_path: Path) -> None:
    own = settings(
        tmp_path,
        tiers=[{"name": "own", "models": ["openai-compatible:llama"]}],
        openai_compatible_base_url="http://10.0.0.7:8000/v1",
    )
    dream = settings(
        tmp_path, tiers=[{"name": "one", "models": ["openai:gpt-99-dream"]}], openai_api_key="key"
    )

    with pytest.raises(RejectedError, match="set OPENAI_COMPATIBLE_USD_PER_MILLION_IN and"):
        build(own, clock())
    with pytest.raises(RejectedError, match="openai:gpt-99-dream has no known price"):
        build(dream, clock())


@pytest.mark.parametrize(
    "more",
    [
        {"openai_compatible_base_url": "http://127.0.0.1:11434/v1"},
        {
            "openai_compatible_base_url": "http://10.0.0.7:8000/v1",
            "openai_compatible_usd_per_million_in": "0.1",
            "openai_compatible_usd_per_million_out": "0.2",
        },
    ],
)
def test_a_server_of_ones_own_serves_here_for_nothing_and_elsewhere_for_its_price(
    tmp_path: Path, more: dict[str, str]
) -> None:
    build(
        settings(tmp_path, tiers=[{"name": "own", "models": ["openai-compatible:llama"]}], **more),
        clock(),
    )


def test_what_has_ended_and_what_ends_soon_is_warned_of_once_at_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told = [
        {"name": "one", "models": ["openai:gpt-5-mini", "openai:gpt-5-nano", "openai:gpt-4o-mini"]}
    ]
    with caplog.at_level(logging.WARNING):
        build(settings(tmp_path, tiers=told, openai_api_key="key"), clock(date(2026, 12, 11)))

    warned = [(one.msg, vars(one)["model"], vars(one)["ends"]) for one in caplog.records]
    assert warned == [
        ("model.ended", "openai:gpt-5-mini", "2026-12-11"),
        ("model.ended", "openai:gpt-5-nano", "2026-12-11"),
        ("model.ends_soon", "openai:gpt-4o-mini", "2027-01-14"),
    ]


def test_the_environment_may_name_a_key_in_any_way_and_leave_others_empty(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    monkeypatch.setenv("FILES_DIR", str(tmp_path))
    monkeypatch.setenv("GOOGLE_API_KEY", "")
    monkeypatch.setenv("GOOGLE_AI_API_KEY", "key")
    monkeypatch.setenv("LLM_ROUTER_TIERS", "")

    read = read_settings(LlmRouterSettings)

    assert list(read.connections()) == ["google"]
    assert read.tiers == ()
