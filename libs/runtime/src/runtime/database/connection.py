"""What of asyncpg, which is untyped, the services may use. The real object is asyncpg's."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - asyncpg ships no types


class Row(Protocol):
    """One row, by column name or position; `dict(row)` works."""

    def __getitem__(self, key: str | int, /) -> Any: ...
    def keys(self) -> Iterable[str]: ...
    def __len__(self) -> int: ...


class Connection(Protocol):
    """A connection inside a transaction that is already bound to a tenant."""

    async def execute(self, query: str, *args: object) -> str:
        """The command's tag, such as `INSERT 0 1`."""
        ...

    async def executemany(
        self,
        command: str,
        args: Iterable[Sequence[object]],
    ) -> None: ...
    async def fetch(self, query: str, *args: object) -> Sequence[Row]: ...
    async def fetchrow(self, query: str, *args: object) -> Row | None: ...
    async def fetchval(self, query: str, *args: object) -> Any:
        """The first column of the first row, None when there is none."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[object]:
        """A savepoint."""
        ...

    async def close(self) -> None: ...


class Pool(Protocol):
    """asyncpg's pool, as far as `Database` uses it."""

    def acquire(self, *, timeout: float) -> AbstractAsyncContextManager[Connection]: ...
    def terminate(self) -> None: ...


OnConnect = Callable[[Any], Awaitable[None]]
"""Called with each new connection, such as `pgvector.asyncpg.register_vector`."""


async def open_pool(url: str, **options: object) -> Pool:
    """asyncpg.create_pool, typed."""
    create: Any = asyncpg.create_pool  # pyright: ignore[reportUnknownMemberType,reportUnknownVariableType] - untyped
    return cast("Pool", await create(url, **options))


async def connect(url: str, **options: object) -> Connection:
    """asyncpg.connect, typed: an admin's connection, bound to no tenant (`parley provision`)."""
    open_one: Any = asyncpg.connect  # pyright: ignore[reportUnknownMemberType,reportUnknownVariableType] - untyped
    return cast("Connection", await open_one(url, **options))
