"""What of PostgreSQL's many errors means "not now" rather than "wrong"."""

from collections.abc import Generator
from contextlib import contextmanager

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - asyncpg ships no types

from contracts.errors import UnavailableError

# Classes of SQLSTATE (PostgreSQL documentation, appendix A) that pass with time: 08 connection,
# 28 and 3D not provisioned yet, 40 rolled back for another transaction, 53 out of resources,
# 57 shutting down, starting, cancelled; 25006 a replica before its promotion.
OUTSIDE_FAILED = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.TransactionRollbackError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.ReadOnlySQLTransactionError,
)
NOT_OURS = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)


@contextmanager
def outside_failures() -> Generator[None]:
    """Turn what passes with time into `UnavailableError`; everything else is a bug and goes on."""
    try:
        yield
    except NOT_OURS as error:
        raise UnavailableError(
            "PostgreSQL refuses this service's role or database; run `parley provision`",
            code="database_unavailable",
        ) from error
    except OUTSIDE_FAILED as error:
        raise UnavailableError(
            f"PostgreSQL did not answer ({type(error).__name__})", code="database_unavailable"
        ) from error
    except asyncpg.InterfaceError as error:
        # Wrong use and a lost connection share this class; only the words tell them apart.
        if "clos" not in str(error):
            raise
        raise UnavailableError(
            "the connection to PostgreSQL was lost", code="database_unavailable"
        ) from error
