import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.tenants import TenantConfig
from runtime.ids import new_id
from support.servers import SECRET, private_data_dir

pytestmark = pytest.mark.timeout(120)
Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def parley(database_url: str, service_urls: dict[str, str], valkey_url: str) -> Iterator[Run]:
    """The command, as the owner of the test's servers; gives the exit code and its JSON."""
    assert service_urls, "the tables are there"
    with private_data_dir() as data_dir:
        environment = {
            "DATABASE_URL": database_url,
            "REDIS_URL": valkey_url,
            "PARLEY_SECRET": SECRET.decode(),
            "PARLEY_DATA_DIR": str(data_dir),
        }

        def run(*words: str) -> tuple[int, dict[str, Any]]:
            done = subprocess.run(
                [sys.executable, "-m", "cli", *words, "--json"],
                env=environment,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            return done.returncode, json.loads(done.stdout)

        yield run


def test_a_tenant_is_made_listed_changed_and_given_keys(parley: Run) -> None:
    name = f"c-{new_id().hex[-12:]}"
    code, made = parley("tenants", "create", name, "--tier", "professional")
    assert (code, made["tenants"][0]["tier"]) == (0, "professional")
    assert made["key"].startswith("pk_")
    assert parley("tenants", "create", name)[0] == 1

    code, changed = parley("tenants", "set", name, "--no-knowledge", "--tier", "free")
    (tenant,) = changed["tenants"]
    assert (code, tenant["tier"], tenant["config"]["knowledge"]) == (0, "free", False)
    assert tenant["version"] == made["tenants"][0]["version"] + 1
    assert parley("tenants", "show", name)[1]["tenants"] == [tenant]
    assert tenant in parley("tenants", "list")[1]["tenants"]

    code, key = parley("keys", "create", "--tenant", name, "--scope", "read")
    assert (code, key["keys"][0]["scopes"]) == (0, ["read"])
    key_id = key["keys"][0]["key_id"]
    assert parley("keys", "revoke", key_id, "--tenant", name)[1]["keys"][0]["revoked_at"]
    listed = parley("keys", "list", "--tenant", name)[1]
    assert [row["revoked_at"] is None for row in listed["keys"]] == [False, True]
    assert key["key"] not in json.dumps(listed)


def test_every_setting_can_be_set_and_what_it_may_not_be_is_said(
    parley: Run, tmp_path: Path
) -> None:
    name = f"c-{new_id().hex[-12:]}"
    assert parley("tenants", "create", name)[0] == 0
    wish = tmp_path / "wish.txt"
    wish.write_text("Be brief. [bold]Never[/bold] guess.\n")
    settings = {
        "--instructions": f"@{wish}",
        "--personality": "Dry, and never in a hurry.",
        "--language": "ja",
        "--policy": "weighted",
        "--weights": "50,30,20",
        "--room-addressing": "name",
        "--addressing": "always",
        "--welcome": "",
        "--idle-close-minutes": "30",
        "--retention-days": "90",
    }
    words = [word for pair in settings.items() for word in pair]
    flags = (
        "--no-offline-last-resort",
        "--no-knowledge",
        "--no-vision",
        "--describe",
        "adaptive",
        "--camera",
        "--consent",
    )
    code, said = parley("tenants", "set", name, *words, *flags)
    assert code == 0, said
    config = TenantConfig(
        instructions="Be brief. [bold]Never[/bold] guess.",
        personality="Dry, and never in a hurry.",
        language="ja",
        policy="weighted",
        weights=(50, 30, 20),
        offline_last_resort=False,
        knowledge=False,
        addressing="always",
        room_addressing="name",
        welcome="",
        vision=False,
        describe="adaptive",
        camera=True,
        consent=True,
        idle_close_minutes=30,
        retention_days=90,
    )
    # Every setting was changed, so every setting has its option.
    default = TenantConfig().model_dump()
    assert [one for one, value in config.model_dump().items() if value == default[one]] == []
    assert TenantConfig.model_validate(said["tenants"][0]["config"]) == config

    for wrong, sentence in (
        (("--weights", "50,30,30"), "`weights`: the three weights are percents"),
        (("--weights", "many"), "`weights`"),
        (("--retention-days", "0"), "`retention_days`: Input should be greater"),
        (("--instructions", "x" * 4_001), "`instructions`: String should have at most 4000"),
        (("--language", "German"), "`language`: String should have at most 2"),
        (("--language", "DE"), "`language`: String should match pattern"),
        (("--instructions", f"@{tmp_path}/none"), "There is no file"),
    ):
        code, said = parley("tenants", "set", name, *wrong)
        assert code == 3, wrong
        assert said["error"]["message"].startswith(sentence)
    shown = parley("tenants", "show", name)[1]["tenants"][0]
    assert TenantConfig.model_validate(shown["config"]) == config


@pytest.mark.parametrize(
    "words",
    [
        ("tenants", "show", "nobody"),
        ("tenants", "set", "nobody", "--tier", "free"),
        ("tenants", "create", "No_Slug"),
        ("keys", "create", "--tenant", "nobody"),
        ("usage", "--since", "nonsense"),
        ("keys", "revoke", "00000000-0000-4000-8000-000000000000", "--tenant", "nobody"),
    ],
)
def test_what_is_not_there_is_said_in_one_sentence(parley: Run, words: tuple[str, ...]) -> None:
    code, said = parley(*words)
    assert code == 3
    assert said["error"]["message"].endswith(".")
