"""Does row level security really hold for this role? Asked of PostgreSQL itself, at every start.

What would let one tenant's rows out: a role that bypasses policies or owns the tables, a table
without forced policies, a policy that asks for no tenant, TRUNCATE (no policy applies to it), a
copy that carries no policies (materialized view, foreign table), a view that reads as a superuser.

A table that holds no tenant's data has no column `tenant_id` and says so in its comment, which
begins with `shared:`.
"""

from contracts.errors import ServiceError
from runtime.database.connection import Connection, Row


class IsolationError(ServiceError):
    """Tenants would not be kept apart; the service must not run."""

    code = "isolation_broken"


POWERFUL_ROLES = """
SELECT rolname::text FROM pg_roles
WHERE pg_has_role(session_user, oid, 'MEMBER') AND (rolsuper OR rolbypassrls)
ORDER BY 1
"""

OWNED = """
SELECT format('%s.%s', relnamespace::regnamespace, relname) FROM pg_class
WHERE pg_has_role(session_user, relowner, 'MEMBER')
UNION ALL
SELECT format('schema %s', nspname) FROM pg_namespace
WHERE pg_has_role(session_user, nspowner, 'MEMBER') AND NOT pg_is_other_temp_schema(oid)
  AND oid <> pg_my_temp_schema()
UNION ALL
SELECT format('function %s', oid::regprocedure) FROM pg_proc
WHERE pg_has_role(session_user, proowner, 'MEMBER')
UNION ALL
SELECT format('database %s', datname) FROM pg_database
WHERE pg_has_role(session_user, datdba, 'MEMBER')
ORDER BY 1 LIMIT 3
"""

REACHABLE = """
SELECT
    format('%I.%I', n.nspname, c.relname) AS name,
    c.relkind::text AS kind,
    c.relrowsecurity AND c.relforcerowsecurity AS forced,
    has_table_privilege(c.oid, 'TRUNCATE') AS may_truncate,
    has_table_privilege(c.oid, 'SELECT') AS may_select,
    (owner.rolsuper OR owner.rolbypassrls)
        AND NOT 'security_invoker=true' = ANY (coalesce(c.reloptions, '{}')) AS reads_as_powerful,
    coalesce(obj_description(c.oid, 'pg_class'), '') LIKE 'shared:%' AND NOT EXISTS (
        SELECT FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    ) AS shared,
    EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid) AS has_policy,
    EXISTS (
        SELECT FROM pg_policy p
        WHERE p.polrelid = c.oid AND p.polpermissive AND position('current_setting(''app.' IN
            coalesce(pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid), '')) = 0
    ) AS lets_everybody
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_roles owner ON owner.oid = c.relowner
WHERE c.relkind IN ('r', 'p', 'm', 'f', 'v')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%'
  AND has_schema_privilege(n.oid, 'USAGE')
  AND (has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
       OR has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE'))
  AND NOT EXISTS (
      SELECT FROM pg_depend d
      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1
"""


async def check_isolation(connection: Connection) -> None:
    """Return when no tenant's rows can reach another through this connection's role.

    Raises:
        IsolationError: names everything that is wrong, at most three of what the role owns.
    """
    problems = [
        f"the role may act as {row[0]}, which no policy binds"
        for row in await connection.fetch(POWERFUL_ROLES)
    ]
    if not problems:  # a superuser "owns" everything; once is enough
        problems += [f"the role owns {row[0]}" for row in await connection.fetch(OWNED)]
        for relation in await connection.fetch(REACHABLE):
            found = _problem_of(relation) or await _visible_rows(connection, relation)
            problems += [found] if found else []
    if problems:
        raise IsolationError("tenants are not kept apart: " + "; ".join(problems))


def _problem_of(relation: Row) -> str | None:
    """What the catalogue alone shows to be wrong with one table, view or copy."""
    name, kind = relation["name"], relation["kind"]
    if kind == "v":
        return f"view {name} reads as a superuser" if relation["reads_as_powerful"] else None
    if kind in ("m", "f"):
        return f"{name} carries no policies (materialized view or foreign table)"
    if relation["may_truncate"]:
        return f"the role may truncate {name}, to which no policy applies"
    return None if relation["shared"] else _policy_problem_of(relation)


def _policy_problem_of(relation: Row) -> str | None:
    if not relation["forced"]:
        return f"row level security of {relation['name']} is not enabled and forced"
    if not relation["has_policy"]:
        return f"{relation['name']} has no policy"
    if relation["lets_everybody"]:
        return f"a policy of {relation['name']} asks for no tenant"
    return None


async def _visible_rows(connection: Connection, relation: Row) -> str | None:
    """The proof beside the argument: with no tenant set, nothing is there."""
    if relation["shared"] or relation["kind"] == "v" or not relation["may_select"]:
        return None
    query = f"SELECT EXISTS (SELECT FROM {relation['name']})"  # noqa: S608 - quoted by format %I
    if await connection.fetchval(query):
        return f"rows of {relation['name']} are seen without a tenant"
    return None
