"""Who calls: a key, its tenant, and what it may do."""

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from contracts.errors import RejectedError
from contracts.ids import TenantId
from contracts.tenants import Scope

_INCLUDES: dict[Scope, frozenset[Scope]] = {
    "read": frozenset({"read"}),
    "write": frozenset({"read", "write"}),
    "admin": frozenset({"read", "write", "admin"}),
}


@dataclass(frozen=True)
class Caller:
    """The holder of a key that is in force."""

    tenant_id: TenantId
    key_id: UUID
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes

    def require(self, scope: Scope) -> None:
        """Raises RejectedError("forbidden") when the key does not have the scope."""
        if not self.may(scope):
            raise RejectedError(f"This key may not do that; it lacks `{scope}`.", code="forbidden")


def scopes_of(granted: Collection[Scope]) -> frozenset[Scope]:
    """What was granted and all it includes: admin > write > read."""
    return frozenset[Scope]().union(*(_INCLUDES[scope] for scope in granted))


def hash_of(key: str) -> str:
    """How a key is kept: SHA-256 as hex. Keys are random, so no salt or stretching is needed."""
    return sha256(key.encode()).hexdigest()
