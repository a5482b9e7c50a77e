"""A pool of connections that see one tenant's rows, for one transaction at a time.

Every policy reads `NULLIF(current_setting('app.tenant_id', true), '')`: once a session has used a
setting it comes back as an empty string, not as NULL.
"""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Self

from contracts.ids import TenantId
from runtime.database.connection import Connection, OnConnect, Pool, open_pool
from runtime.database.failures import outside_failures
from runtime.database.isolation import check_isolation

CONNECT_TIMEOUT_S = 5.0


class Database:
    """One service's own role in one PostgreSQL. `async with` it: that proves the isolation.

    Args:
        url: with the service's login role, whose `search_path` is its schema.
        application: shown in `pg_stat_activity`.
        max_connections: the pool's size; a caller waits up to `acquire_timeout_s` for one.
        command_timeout_s: for each statement.
        on_connect: registers types on each new connection.
    """

    def __init__(
        self,
        url: str,
        *,
        application: str,
        max_connections: int = 8,
        acquire_timeout_s: float = 5.0,
        command_timeout_s: float = 10.0,
        on_connect: OnConnect | None = None,
    ) -> None:
        self._url = url
        self._application = application
        self._max_connections = max_connections
        self._acquire_timeout_s = acquire_timeout_s
        self._command_timeout_s = command_timeout_s
        self._on_connect = on_connect
        self._pool: Pool | None = None

    async def __aenter__(self) -> Self:
        """Open the pool and check that tenants are kept apart.

        Raises:
            UnavailableError: PostgreSQL is not there, or not provisioned.
            IsolationError: one tenant's rows could be seen by another; do not run.
        """
        async with AsyncExitStack() as on_failure:
            with outside_failures():
                self._pool = await open_pool(
                    self._url,
                    min_size=0,
                    max_size=self._max_connections,
                    timeout=CONNECT_TIMEOUT_S,
                    command_timeout=self._command_timeout_s,
                    init=self._on_connect,
                    server_settings={"application_name": self._application},
                )
            on_failure.push_async_callback(self.__aexit__)
            await self.check_isolation()
            on_failure.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._pool is not None:
            pool, self._pool = self._pool, None
            pool.terminate()

    @asynccontextmanager
    async def tenant(self, tenant_id: TenantId) -> AsyncGenerator[Connection]:
        """A transaction that sees and writes this tenant's rows only.

        Commits when the block ends, rolls back when it raises. Nothing but the database is to be
        waited for inside: a connection is held, and a time-out in it counts as PostgreSQL's.

        Raises:
            UnavailableError: no connection, no answer in time, or rolled back for another's sake.
        """
        async with self._transaction("app.tenant_id", tenant_id) as connection:
            yield connection

    @asynccontextmanager
    async def key(self, key_hash: str) -> AsyncGenerator[Connection]:
        """A transaction that sees the API key with this hash only: the tenant is not known yet.

        Args:
            key_hash: SHA-256 of the key's text, 64 lower-case hexadecimal digits; the policy reads
                `NULLIF(current_setting('app.key_hash', true), '')`.
        """
        async with self._transaction("app.key_hash", key_hash) as connection:
            yield connection

    @asynccontextmanager
    async def sweep(self) -> AsyncGenerator[Connection]:
        """A transaction bound to no tenant, to look for what a crash left unfinished.

        It sees only what a policy opens to `NULLIF(current_setting('app.sweep', true), '') = 'on'`;
        that must be ids and times, never content.
        """
        async with self._transaction("app.sweep", "on") as connection:
            yield connection

    async def check_isolation(self) -> None:
        """See `runtime.database.isolation`; `async with` does this first."""
        with outside_failures():
            async with self._opened.acquire(timeout=self._acquire_timeout_s) as connection:
                await check_isolation(connection)

    async def health(self) -> list[str]:
        """A readiness check for `Service.checks`."""
        with outside_failures():
            async with self._opened.acquire(timeout=self._acquire_timeout_s) as connection:
                await connection.execute("SELECT 1")
        return []

    @property
    def _opened(self) -> Pool:
        if self._pool is None:
            raise RuntimeError("use the database inside `async with`")
        return self._pool

    @asynccontextmanager
    async def _transaction(self, setting: str, value: str) -> AsyncGenerator[Connection]:
        if not value:
            raise ValueError(f"{setting} must not be empty")
        pool = self._opened
        with outside_failures():
            async with (
                pool.acquire(timeout=self._acquire_timeout_s) as connection,
                connection.transaction(),
            ):
                await connection.execute("SELECT set_config($1, $2, true)", setting, value)
                yield connection
