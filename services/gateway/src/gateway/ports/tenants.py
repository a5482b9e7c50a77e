"""Tenants and their keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from contracts.ids import KeyId, TenantId
from contracts.tenants import KeyState, TenantConfig, TenantState
from gateway.domain.callers import Caller


class TenantStore(Protocol):
    """Tenants and how they are configured."""

    async def get(self, tenant_id: TenantId) -> TenantState:
        """As it was a few seconds ago at the most; UnavailableError before it was ever read."""
        ...

    async def configure(self, tenant_id: TenantId, config: TenantConfig) -> TenantState:
        """Save the whole configuration; every service has it within seconds."""
        ...


class Callers(Protocol):
    """Keys in force."""

    async def find(self, key_hash: str) -> Caller | None:
        """None when no such key was made, or it was revoked."""
        ...

    async def is_in_force(self, tenant_id: TenantId, key_id: KeyId) -> bool:
        """False too when the tenant has no such key."""
        ...


class KeyStore(Protocol):
    """A tenant's keys."""

    async def add(self, key: KeyState, key_hash: str) -> None: ...

    async def list(self, tenant_id: TenantId) -> Sequence[KeyState]:
        """Newest first, revoked ones too."""
        ...

    async def revoke(self, tenant_id: TenantId, key_id: KeyId, at: datetime) -> bool:
        """False when there is no such key; a second time changes nothing."""
        ...
