"""What `--continue` goes on with: one session for each key, in one data directory."""

from pathlib import Path

import pytest

from cli.client.last_session import FOLDER, LastSession
from cli.cluster.connection import Cluster
from cli.command_line.errors import CliError, Exit
from runtime.ids import new_id

URL = "http://127.0.0.1:8700"


def embedded(data_dir: Path, key: str, url: str = URL) -> LastSession:
    return LastSession(Cluster(url, key, data_dir=data_dir), None)


def test_each_key_has_a_last_session_of_its_own(tmp_path: Path) -> None:
    first, second, third = new_id(), new_id(), new_id()
    embedded(tmp_path, "pk_a").remember(first)
    embedded(tmp_path, "pk_b").remember(second)
    assert embedded(tmp_path, "pk_a").recall() == first
    embedded(tmp_path, "pk_a").remember(third)
    assert embedded(tmp_path, "pk_a").recall() == third
    assert embedded(tmp_path, "pk_b").recall() == second


def test_a_cluster_that_comes_back_at_another_port_is_gone_on_with(tmp_path: Path) -> None:
    session_id = new_id()
    embedded(tmp_path, "pk_a").remember(session_id)
    assert embedded(tmp_path, "pk_a", "http://127.0.0.1:9").recall() == session_id


def test_a_named_cluster_is_remembered_in_the_commands_own_directory(tmp_path: Path) -> None:
    data_dir, session_id = tmp_path / "not" / "yet", new_id()
    named = Cluster("https://parley.example", "pk_a")
    LastSession(named, data_dir).remember(session_id)
    assert LastSession(named, data_dir).recall() == session_id


def test_neither_the_key_nor_the_folder_is_open_to_others(tmp_path: Path) -> None:
    embedded(tmp_path, "pk_secret").remember(new_id())
    [kept] = (tmp_path / FOLDER).iterdir()
    assert (tmp_path / FOLDER).stat().st_mode & 0o777 == 0o700
    assert "pk_secret" not in kept.name + kept.read_text()


@pytest.mark.parametrize("left", [None, "", "no id", "\udcff"])
def test_without_one_the_error_says_what_to_do(tmp_path: Path, left: str | None) -> None:
    last = embedded(tmp_path, "pk_a")
    if left is not None:
        last.remember(new_id())
        [kept] = (tmp_path / FOLDER).iterdir()
        kept.write_bytes(left.encode(errors="surrogateescape"))
    with pytest.raises(CliError) as caught:
        last.recall()
    assert (caught.value.exit_code, caught.value.code) == (Exit.BAD_INPUT, "no_last_session")
    assert "without --continue" in caught.value.hint


def test_what_cannot_be_kept_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / FOLDER).write_text("a file is in the way")
    embedded(tmp_path, "pk_a").remember(new_id())
    assert "--continue will not find this session" in capsys.readouterr().err
