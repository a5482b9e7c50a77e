import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

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


@pytest.mark.parametrize(
    "words",
    [
        ("tenants", "show", "nobody"),
        ("tenants", "set", "nobody", "--tier", "free"),
        ("tenants", "create", "No_Slug"),
        ("keys", "create", "--tenant", "nobody"),
        ("keys", "revoke", "00000000-0000-4000-8000-000000000000", "--tenant", "nobody"),
    ],
)
def test_what_is_not_there_is_said_in_one_sentence(parley: Run, words: tuple[str, ...]) -> None:
    code, said = parley(*words)
    assert code == 3
    assert said["error"]["message"].endswith(".")
