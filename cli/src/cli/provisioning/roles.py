"""Roles and schemas: per service an owner nobody logs in as, and a login that owns nothing."""

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - asyncpg ships no types

from cli.provisioning.secret import derived, login_role, owner_role, service_url
from cli.provisioning.services import ServiceUnit
from runtime.database import Connection, connect

# Names and passwords below are ours: `parley_` + a module name, and hexadecimal digits.
CONNECT_TIMEOUT_S = 10


async def make_roles(admin: Connection, unit: ServiceUnit) -> bool:
    """Make what is missing of a service's two roles and its schema; True if anything was."""
    owner, login = owner_role(unit.module), login_role(unit.module)
    made = await _make_role(admin, owner, "NOLOGIN")
    made |= await _make_role(admin, login, "LOGIN")
    if not await admin.fetchval("SELECT pg_has_role(session_user, $1, 'USAGE')", owner):
        # An admin who is no superuser acts as the owner to run migrations.
        await admin.execute(f"GRANT {owner} TO CURRENT_USER")
    present = "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)"
    if await admin.fetchval(present, unit.module):
        return made
    await admin.execute(
        f"""
        CREATE SCHEMA {unit.module} AUTHORIZATION {owner};
        GRANT USAGE ON SCHEMA {unit.module} TO {login};
        ALTER ROLE {login} SET search_path = {unit.module}, public;
        ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {unit.module}
            GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {login};
        ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {unit.module}
            GRANT USAGE, SELECT ON SEQUENCES TO {login};
        """
    )
    return True


async def _make_role(admin: Connection, name: str, kind: str) -> bool:
    if await admin.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", name):
        return False
    await admin.execute(f"CREATE ROLE {name} {kind} NOSUPERUSER NOBYPASSRLS NOINHERIT")
    return True


async def make_password(
    admin: Connection, admin_url: str, unit: ServiceUnit, secret: bytes
) -> bool:
    """Let the service in with its derived password; True if that had to be set.

    Tried first, so that a second run changes nothing, and a changed secret takes effect.
    """
    if await _can_log_in(service_url(admin_url, unit.module, secret)):
        return False
    role = login_role(unit.module)
    await admin.execute(f"ALTER ROLE {role} PASSWORD '{derived(secret, role)}'")
    return True


async def _can_log_in(url: str) -> bool:
    try:
        connection = await connect(url, timeout=CONNECT_TIMEOUT_S)
    except asyncpg.InvalidAuthorizationSpecificationError:
        return False
    await connection.close()
    return True
