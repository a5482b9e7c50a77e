"""Durable files in a folder."""

import asyncio
import errno
import os
import re
import secrets
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from contracts.errors import RejectedError, UnavailableError
from contracts.ids import TENANT_PATTERN, TenantId
from runtime.files.port import StoredFile

CHUNK_BYTES = 64 * 1024
NAME_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
MAX_PARTS = 6
UNFINISHED = ".unfinished"
LISTED_AT_ONCE = 1_000
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


class FolderFiles:
    """Files in a folder, `<root>/<tenant>/<name>`; unfinished ones lie in `<root>/.unfinished`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(
        self,
        tenant_id: TenantId,
        name: str,
        chunks: AsyncIterable[bytes],
        *,
        max_bytes: int,
    ) -> StoredFile:
        target = self._path(tenant_id, name)
        unfinished = self._root / UNFINISHED / secrets.token_hex(16)
        size, digest = 0, sha256()
        try:
            out = await asyncio.to_thread(_create, unfinished)
            try:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > max_bytes:
                        raise RejectedError(
                            f"the file is larger than {max_bytes:,} bytes", code="file_too_large"
                        )
                    digest.update(chunk)
                    await asyncio.to_thread(out.write, chunk)
                await asyncio.to_thread(_finish, out, unfinished, target)
            finally:
                out.close()
                unfinished.unlink(missing_ok=True)
        except OSError as error:
            raise self._unavailable(error) from error
        return StoredFile(name, size, digest.hexdigest())

    async def size_bytes(self, tenant_id: TenantId, name: str) -> int | None:
        path = self._path(tenant_id, name)
        try:
            return (await asyncio.to_thread(path.stat)).st_size
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unavailable(error) from error

    async def read(
        self, tenant_id: TenantId, name: str, *, start: int = 0, end: int | None = None
    ) -> AsyncGenerator[bytes]:
        path = self._path(tenant_id, name)
        try:
            with await asyncio.to_thread(path.open, "rb") as source:
                await asyncio.to_thread(source.seek, start)
                left = None if end is None else max(0, end - start)
                while left is None or left > 0:
                    wanted = CHUNK_BYTES if left is None else min(CHUNK_BYTES, left)
                    chunk = await asyncio.to_thread(source.read, wanted)
                    if not chunk:
                        return
                    if left is not None:
                        left -= len(chunk)
                    yield chunk
        except FileNotFoundError as error:
            raise _missing(name) from error
        except OSError as error:
            raise self._unavailable(error) from error

    @asynccontextmanager
    async def local(self, tenant_id: TenantId, name: str) -> AsyncGenerator[Path]:
        path = self._path(tenant_id, name)
        if not await asyncio.to_thread(path.is_file):
            raise _missing(name)
        yield path

    async def delete(self, tenant_id: TenantId, name: str) -> bool:
        path = self._path(tenant_id, name)
        try:
            await asyncio.to_thread(path.unlink)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._unavailable(error) from error
        return True

    async def stored(
        self, folder: str, *, before: datetime
    ) -> AsyncGenerator[tuple[TenantId, Sequence[str]]]:
        for tenant_id in await self._tenants():
            place = self._path(tenant_id, folder)
            names = [f"{folder}/{file.name}" for file in await self._written(place, before)]
            for start in range(0, len(names), LISTED_AT_ONCE):
                yield tenant_id, names[start : start + LISTED_AT_ONCE]

    async def delete_unfinished(self, *, before: datetime) -> int:
        left = await self._written(self._root / UNFINISHED, before)
        for file in left:
            await asyncio.to_thread(file.unlink, missing_ok=True)
        return len(left)

    async def _tenants(self) -> list[TenantId]:
        def below() -> list[TenantId]:
            names = [path.name for path in self._root.iterdir()] if self._root.is_dir() else []
            return [TenantId(name) for name in names if re.fullmatch(TENANT_PATTERN, name)]

        try:
            return await asyncio.to_thread(below)
        except OSError as error:
            raise self._unavailable(error) from error

    async def _written(self, place: Path, before: datetime) -> list[Path]:
        """Files directly in a folder that were last written before then."""

        def old() -> list[Path]:
            if not place.is_dir():
                return []
            with os.scandir(place) as entries:
                return [Path(entry.path) for entry in entries if _is_older(entry, before)]

        try:
            return await asyncio.to_thread(old)
        except OSError as error:
            raise self._unavailable(error) from error

    def _path(self, tenant_id: TenantId, name: str) -> Path:
        """No part may climb: none is empty, none begins with a dot."""
        parts = name.split("/")
        is_name = len(parts) <= MAX_PARTS and all(NAME_PART.fullmatch(part) for part in parts)
        if not (is_name and re.fullmatch(TENANT_PATTERN, tenant_id)):
            raise RejectedError(
                "a file's name has parts of letters, digits, . _ -", code="bad_file_name"
            )
        return self._root.joinpath(tenant_id, *parts)

    def _unavailable(self, error: OSError) -> UnavailableError:
        if error.errno in NO_SPACE:
            return UnavailableError(
                f"no space is left in {self._root}: free some, or point FILES_DIR elsewhere",
                code="disk_full",
            )
        reason = os.strerror(error.errno) if error.errno else "unknown error"
        return UnavailableError(f"the file store {self._root} does not work: {reason}")


def _is_older(entry: os.DirEntry[str], before: datetime) -> bool:
    """False also when it went away meanwhile."""
    try:
        return entry.is_file() and entry.stat().st_mtime < before.timestamp()
    except FileNotFoundError:
        return False


def _create(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("xb")


def _finish(out: BinaryIO, unfinished: Path, target: Path) -> None:
    """Durable before it is visible."""
    out.flush()
    os.fsync(out.fileno())
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished.replace(target)


def _missing(name: str) -> RejectedError:
    return RejectedError(f"there is no file {name}", code="no_such_file")
