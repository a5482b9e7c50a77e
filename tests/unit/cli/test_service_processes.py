"""What environment a service gets when the command starts it, and what is kept from it."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cli.cluster.service_processes import ClusterConfig, environment_of
from cli.embedded.livekit import LiveKit
from cli.embedded.servers import Addresses
from cli.provisioning.secret import derived, service_url
from cli.provisioning.services import SERVICES, ServiceUnit

ADMIN = "postgresql://postgres:admin-password@127.0.0.1:5432/postgres?sslmode=disable"
CONFIG = ClusterConfig(
    Path("/data"),
    Addresses(ADMIN, "redis://127.0.0.1:6379/0"),
    b"secret",
    {unit.name: 9000 + number for number, unit in enumerate(SERVICES)},
)


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_no_service_gets_the_admins_password_or_the_secret_of_all(
    unit: ServiceUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", ADMIN)
    monkeypatch.setenv("PARLEY_SECRET", "secret-of-all")
    monkeypatch.setenv("PARLEY_API_KEY", "pk_key")
    environment = environment_of(unit, CONFIG)
    assert not {"admin-password", "secret-of-all", "pk_key"} & set(environment.values())
    assert "admin-password" not in " ".join(environment.values())
    assert ("DATABASE_URL" in environment) == (unit.migrations is not None)


def test_a_service_logs_in_as_itself_at_the_admins_server() -> None:
    rag = next(unit for unit in SERVICES if unit.name == "rag")
    address = urlsplit(environment_of(rag, CONFIG)["DATABASE_URL"])
    assert (address.username, address.hostname, address.port) == ("parley_rag", "127.0.0.1", 5432)
    assert address.query == "sslmode=disable"


def test_keys_of_providers_reach_the_services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", "theirs")
    assert environment_of(SERVICES[0], CONFIG)["GOOGLE_API_KEY"] == "theirs"


def test_keys_of_the_meeting_server_reach_only_those_who_speak_with_it() -> None:
    config = replace(CONFIG, livekit=LiveKit("ws://127.0.0.1:7880", "parley", "its-secret"))
    environments = {unit.name: environment_of(unit, config) for unit in SERVICES}
    with_keys = {
        name for name, variables in environments.items() if "its-secret" in variables.values()
    }
    assert with_keys == {"gateway", "media-agent"}
    assert environments["gateway"]["LIVEKIT_URL"] == "ws://127.0.0.1:7880"


def test_a_token_reaches_only_those_who_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "one for all")
    environments = {unit.name: environment_of(unit, CONFIG) for unit in SERVICES}
    tokens = {name: one.get("SERVICE_TOKEN") for name, one in environments.items()}
    assert tokens["rag"] == tokens["llm-router"] == environments["gateway"]["GATEWAY_RAG_TOKEN"]
    assert tokens["gateway"] == tokens["media-agent"] != tokens["rag"]
    assert tokens["vision-worker"] is tokens["metering"] is None
    with_rag_token = [name for name, one in environments.items() if tokens["rag"] in one.values()]
    assert sorted(with_rag_token) == ["gateway", "llm-router", "rag"]


def test_passwords_differ_by_role_and_by_secret() -> None:
    made = {derived(secret, role) for secret in (b"a", b"b") for role in ("one", "two")}
    assert len(made) == 4
    assert service_url(ADMIN, "rag", b"a") == service_url(ADMIN, "rag", b"a")


def test_an_address_without_a_user_gets_the_services_own() -> None:
    assert urlsplit(service_url("postgresql://db/parley", "rag", b"a")).hostname == "db"
