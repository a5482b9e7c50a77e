"""PostgreSQL, only ever on behalf of one tenant."""

from runtime.database.batches import by_tenant
from runtime.database.connection import Connection, Row, connect
from runtime.database.isolation import IsolationError, check_isolation
from runtime.database.pool import Database

__all__ = [
    "Connection",
    "Database",
    "IsolationError",
    "Row",
    "by_tenant",
    "check_isolation",
    "connect",
]
