"""A data directory that cannot be used is named, and nothing above it is ever opened."""

import os
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from cli.command_line.errors import CliError, Exit
from cli.embedded.directory import is_root, prepare_data_dir, require_reachable
from cli.embedded.processes import try_lock
from support.servers import private_data_dir

EXABYTE = 10**18


@pytest.fixture
def open_place() -> Generator[Path]:
    """A directory that every account can walk to."""
    with tempfile.TemporaryDirectory(prefix="parley-test-") as name:
        place = Path(name)
        place.chmod(0o755)
        yield place


def refusal(path: Path, needed_bytes: int = 0) -> CliError:
    with pytest.raises(CliError) as refused:
        prepare_data_dir(path, needed_bytes=needed_bytes)
    assert refused.value.exit_code == Exit.MISSING
    assert "\n" not in refused.value.message
    return refused.value


def test_a_new_directory_is_closed_and_so_is_what_was_made_above_it(open_place: Path) -> None:
    before = os.umask(0o077)
    try:
        made = prepare_data_dir(open_place / "a" / "b")
    finally:
        os.umask(before)
    expected = 0o711 if is_root() else 0o700
    assert made.stat().st_mode & 0o777 == expected
    assert made.parent.stat().st_mode & 0o777 == expected
    assert (made / "logs").stat().st_mode & 0o777 == 0o700
    assert open_place.stat().st_mode & 0o777 == 0o755


def test_a_directory_that_was_there_keeps_its_mode_but_for_the_way_through(
    open_place: Path,
) -> None:
    prepare_data_dir(open_place)
    assert open_place.stat().st_mode & 0o777 == 0o755
    open_place.chmod(0o700)
    prepare_data_dir(open_place)
    assert open_place.stat().st_mode & 0o777 == (0o711 if is_root() else 0o700)


def test_a_closed_parent_is_named_and_stays_closed(open_place: Path) -> None:
    closed = open_place / "closed"
    (closed / "in").mkdir(parents=True)
    closed.chmod(0o700)
    with pytest.raises(CliError, match=f"{closed} is closed") as refused:
        require_reachable(closed / "in" / "data")
    assert refused.value.exit_code == Exit.MISSING
    assert closed.stat().st_mode & 0o777 == 0o700
    if is_root():  # only there does it matter: the servers are `nobody`
        assert refusal(closed / "in" / "data").code == "parent_closed"


def test_a_file_in_its_place_is_named(open_place: Path) -> None:
    (open_place / "file").write_text("")
    assert str(open_place / "file") in refusal(open_place / "file").message
    assert str(open_place / "file") in refusal(open_place / "file" / "below").message


def test_another_users_directory_is_refused(open_place: Path) -> None:
    if is_root():
        theirs = open_place / "theirs"
        theirs.mkdir()
        os.chown(theirs, 65534, 65534)
    else:
        theirs = Path("/usr")
    assert refusal(theirs).code == "data_dir_foreign"


def test_too_little_room_is_said_with_the_figures(open_place: Path) -> None:
    refused = refusal(open_place / "data", needed_bytes=EXABYTE)
    assert refused.code == "disk_full"
    assert "1000000000000 MB" in refused.message


def test_a_lock_is_free_again_when_its_holder_is_gone() -> None:
    with private_data_dir() as data_dir:
        held = try_lock(data_dir / "lock")
        assert held is not None
        assert try_lock(data_dir / "lock") is None
        held.close()
        again = try_lock(data_dir / "lock")
        assert again is not None
        again.close()
