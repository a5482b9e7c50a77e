"""What the command promises to scripts: exit codes, one JSON object, one sentence."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.command_line.errors import CliError, Exit, bad_input, missing, not_good
from cli.command_line.output import wants_json
from cli.main import COMMANDS, GROUPS, make_app
from support.servers import private_data_dir


def parley(*words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli", *words],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env=env,
    )


def test_help_names_every_subcommand_and_is_quick() -> None:
    parley("--help")  # compiled once
    begun = time.perf_counter()
    done = parley("--help")
    took_s = time.perf_counter() - begun
    assert done.returncode == Exit.DONE
    for path in COMMANDS:
        assert path.split()[0] in done.stdout
    # The figure is 0.5 s on a quiet machine; here others run beside us.
    assert took_s < 3


@pytest.mark.parametrize("words", [["dctor"], ["doctor", "--nosuch"], ["run", "nosuch"], ["run"]])
def test_wrong_usage_is_exit_code_2_and_one_sentence(words: list[str]) -> None:
    done = parley(*words)
    assert done.returncode == Exit.USAGE
    assert done.stdout == ""
    assert done.stderr.startswith("parley: ")


def test_with_json_an_error_is_one_object_and_nothing_else() -> None:
    done = parley("doctor", "--nosuch", "--json")
    assert done.returncode == Exit.USAGE
    error = json.loads(done.stdout)["error"]
    assert error.keys() == {"code", "message", "hint"}
    assert error["code"] == "usage"


def test_doctor_prints_one_object_of_checks(tmp_path: Path) -> None:
    done = parley("doctor", "--json", "--data-dir", str(tmp_path / "data"))
    checks = json.loads(done.stdout)["checks"]
    assert all(check.keys() == {"name", "ok", "found", "hint"} for check in checks)
    found = {check["name"]: check for check in checks}
    assert found["python"]["ok"]
    assert done.returncode == (Exit.DONE if all(c["ok"] for c in checks) else Exit.MISSING)
    assert not (tmp_path / "data").exists(), "doctor makes nothing"


def test_doctor_names_a_variable_that_nothing_reads(tmp_path: Path) -> None:
    done = parley(
        "doctor",
        "--json",
        "--data-dir",
        str(tmp_path),
        env={"RAG_MIN_SIMILARITI": "1", "METERING_BATCH_SIZE": "many", "HOME": str(tmp_path)},
    )
    found = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert done.returncode == Exit.MISSING
    assert found["variables"]["found"] == "RAG_MIN_SIMILARITI"
    assert "METERING_BATCH_SIZE: " in found["settings of metering"]["found"]
    assert "many" not in found["settings of metering"]["found"], "a value may be a secret"
    assert found["settings of rag"]["ok"]


def test_a_setting_of_the_command_that_is_wrong_is_said_in_one_sentence(tmp_path: Path) -> None:
    environment = {"STREAM_SHARDS": "many", "HOME": str(tmp_path)}
    with private_data_dir() as data_dir:
        done = parley("provision", "--data-dir", str(data_dir), env=environment)
    assert done.returncode == Exit.MISSING
    assert "STREAM_SHARDS" in done.stderr
    assert "Traceback" not in done.stderr


def test_each_kind_of_failure_has_its_exit_code() -> None:
    def code(error: CliError) -> int:
        return error.exit_code

    assert [code(not_good("a", "m")), code(bad_input("b", "m")), code(missing("c", "m"))] == [
        1,
        3,
        4,
    ]


def test_json_is_asked_for_before_the_double_dash_only() -> None:
    assert wants_json(["ask", "--json", "why?"])
    assert not wants_json(["ask", "--", "--json"])


@pytest.mark.parametrize("name", sorted({*COMMANDS, *GROUPS, "knowledge add", "knowledge search"}))
def test_every_subcommand_explains_itself_with_an_example(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = name.split()
    make_app(words)([*words, "--help"], prog_name="parley", standalone_mode=False)
    said = capsys.readouterr().out
    assert "Usage: parley" in said
    assert "parley" in said.partition("Example")[2]
