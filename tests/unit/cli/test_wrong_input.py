"""What cannot be used is told apart before anything is started, each with its own sentence."""

import json
import os
from pathlib import Path

import pytest

from cli.cluster.connection import use_cluster
from cli.command_line.errors import CliError, Exit
from cli.command_line.options import require_file
from cli.command_line.output import print_json
from cli.command_line.settings import CliSettings
from cli.command_line.tenant_options import instructions_text
from cli.provisioning.tenants import key_file


def test_a_folder_a_missing_path_and_a_pipe_are_no_files(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    wrong = {tmp_path: "not_a_file", tmp_path / "nope.mp4": "no_such_path", pipe: "not_a_file"}
    for path, code in wrong.items():
        with pytest.raises(CliError) as caught:
            require_file(path)
        assert (caught.value.exit_code, caught.value.code) == (Exit.BAD_INPUT, code)
        assert str(path) in caught.value.message


def test_a_file_that_can_be_read_is_read(tmp_path: Path) -> None:
    path = tmp_path / "instructions.txt"
    path.write_text("Be brief.\n")

    assert instructions_text(f"@{path}") == "Be brief."


@pytest.mark.parametrize("tenant", ["../elsewhere", "Bad Name", "", "a" * 41, "a/b", "-a"])
def test_a_tenant_that_no_slug_names_has_no_key(tmp_path: Path, tenant: str) -> None:
    with pytest.raises(CliError) as caught:
        key_file(tmp_path, tenant)
    assert (caught.value.exit_code, caught.value.code) == (Exit.BAD_INPUT, "bad_tenant")


@pytest.mark.parametrize("url", ["localhost:8700", "http://", "http://[::1", "http://host:port"])
def test_what_is_no_address_is_not_called(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("PARLEY_API_KEY", "pk_x")
    with pytest.raises(CliError) as caught, use_cluster(target=url, settings=CliSettings()):
        pass
    assert (caught.value.exit_code, caught.value.code) == (Exit.MISSING, "bad_address")


@pytest.mark.parametrize("key", ["schlüssel", "two\nlines"])
def test_a_key_that_fits_no_header_is_not_sent(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("PARLEY_API_KEY", key)
    settings = CliSettings()
    with (
        pytest.raises(CliError) as caught,
        use_cluster(target="http://127.0.0.1:9", settings=settings),
    ):
        pass
    assert (caught.value.exit_code, caught.value.code) == (Exit.MISSING, "bad_api_key")
    assert key not in caught.value.message


def test_a_name_of_other_bytes_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": "caf\u00e9 \udcff"})

    assert json.loads(capsys.readouterr().out) == {"name": "caf\u00e9 \udcff"}
