"""What every file store promises."""

import errno
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.errors import RejectedError, UnavailableError
from contracts.ids import TenantId
from runtime.files import CHUNK_BYTES, LISTED_AT_ONCE, Files, FolderFiles

ACME = TenantId("acme")
UMBRELLA = TenantId("umbrella")


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return FolderFiles(tmp_path / "files")


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def whole(files: Files, name: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([part async for part in files.read(ACME, name, start=start, end=end)])


async def test_a_file_comes_back_whole_and_in_ranges(files: Files) -> None:
    data = bytes(range(256)) * 1000
    stored = await files.put(ACME, "recordings/a.mp4", chunks(data[:7], data[7:]), max_bytes=10**6)
    assert stored.size_bytes == len(data) == await files.size_bytes(ACME, "recordings/a.mp4")
    assert await whole(files, "recordings/a.mp4") == data
    assert await whole(files, "recordings/a.mp4", 5, CHUNK_BYTES + 9) == data[5 : CHUNK_BYTES + 9]
    async with files.local(ACME, "recordings/a.mp4") as path:
        assert path.read_bytes() == data


async def test_a_tenant_sees_no_others_file(files: Files) -> None:
    await files.put(ACME, "documents/a", chunks(b"secret"), max_bytes=100)
    assert await files.size_bytes(UMBRELLA, "documents/a") is None


async def test_a_file_too_large_leaves_nothing_behind(files: Files, tmp_path: Path) -> None:
    with pytest.raises(RejectedError) as caught:
        await files.put(ACME, "documents/a", chunks(b"12345", b"6"), max_bytes=5)
    assert caught.value.code == "file_too_large"
    assert await files.size_bytes(ACME, "documents/a") is None
    assert files_below(tmp_path) == []


async def test_a_writer_that_fails_leaves_the_old_file(files: Files) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    await files.put(ACME, "documents/a", chunks(b"old"), max_bytes=100)
    with pytest.raises((ConnectionResetError, UnavailableError)):
        await files.put(ACME, "documents/a", broken(), max_bytes=100)
    assert await whole(files, "documents/a") == b"old"


@pytest.mark.parametrize(
    "name", ["../up", "a/../b", "/etc/passwd", "", "a//b", ".hidden", "a\x00b", "a/b/c/d/e/f/g"]
)
async def test_a_name_that_could_climb_is_rejected(files: Files, name: str) -> None:
    with pytest.raises(RejectedError) as caught:
        await files.put(ACME, name, chunks(b"x"), max_bytes=100)
    assert caught.value.code == "bad_file_name"


async def test_a_tenant_that_could_climb_is_rejected(files: Files) -> None:
    with pytest.raises(RejectedError):
        await files.size_bytes(TenantId(".."), "documents/a")


async def test_what_is_not_there_is_said_by_its_code(files: Files) -> None:
    with pytest.raises(RejectedError) as caught:
        await whole(files, "documents/none")
    assert caught.value.code == "no_such_file"
    assert await files.delete(ACME, "documents/none") is False


async def test_a_deleted_file_is_gone(files: Files) -> None:
    await files.put(ACME, "documents/a", chunks(b"x"), max_bytes=100)
    assert await files.delete(ACME, "documents/a") is True
    assert await files.size_bytes(ACME, "documents/a") is None


async def test_a_full_disk_says_what_to_do(files: Files) -> None:
    async def until_full() -> AsyncIterator[bytes]:
        yield b"some"
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(UnavailableError) as caught:
        await files.put(ACME, "documents/a", until_full(), max_bytes=100)
    assert caught.value.code == "disk_full"
    assert "FILES_DIR" in str(caught.value)


NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def written_at(path: Path, at: datetime) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path, (at.timestamp(), at.timestamp()))


async def test_what_was_stored_before_a_time_is_listed_by_tenant(
    files: Files, tmp_path: Path
) -> None:
    before, after = NOON - timedelta(seconds=1), NOON + timedelta(seconds=1)
    for name, at in {
        "acme/documents/a": before,
        "acme/documents/b": after,
        "acme/recordings/c": before,
        "umbrella/documents/d": before,
        ".unfinished/e": before,
    }.items():
        written_at(tmp_path / "files" / name, at)
    found = [listed async for listed in files.stored("documents", before=NOON)]
    assert sorted(found) == [(ACME, ["documents/a"]), (UMBRELLA, ["documents/d"])]


async def test_a_store_that_holds_nothing_lists_nothing(files: Files) -> None:
    assert [listed async for listed in files.stored("documents", before=NOON)] == []
    assert await files.delete_unfinished(before=NOON) == 0


async def test_many_files_are_listed_a_part_at_a_time(files: Files, tmp_path: Path) -> None:
    names = {f"documents/{number}" for number in range(LISTED_AT_ONCE + 1)}
    for name in names:
        written_at(tmp_path / "files" / ACME / name, NOON)
    parts = [part async for _, part in files.stored("documents", before=NOON + timedelta(days=1))]
    assert sorted(map(len, parts)) == [1, LISTED_AT_ONCE]
    assert {name for part in parts for name in part} == names


async def test_what_a_writer_that_is_gone_left_unfinished_is_deleted(
    files: Files, tmp_path: Path
) -> None:
    left, written = (tmp_path / "files" / ".unfinished" / name for name in ("left", "written"))
    written_at(left, NOON - timedelta(seconds=1))
    written_at(written, NOON + timedelta(seconds=1))
    assert await files.delete_unfinished(before=NOON) == 1
    assert (left.exists(), written.exists()) == (False, True)
