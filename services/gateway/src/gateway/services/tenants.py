"""A tenant's configuration and its keys."""

import secrets
from dataclasses import dataclass
from typing import Final

from contracts.errors import RejectedError
from contracts.ids import KeyId
from contracts.tenants import KeyBody, KeyCreated, Keys, KeyState, TenantConfig, TenantState
from gateway.domain.callers import Caller, hash_of
from gateway.ports.tenants import KeyStore, TenantStore
from runtime.clock import Clock
from runtime.ids import new_id

KEY_BYTES: Final = 24


@dataclass(frozen=True)
class TenantService:
    """What a tenant's administrator does. New tenants and plans are the operator's (the command's).

    A key that is revoked is refused at its next request, and cut off an open event stream.
    """

    store: TenantStore
    keys: KeyStore
    clock: Clock

    async def get(self, caller: Caller) -> TenantState:
        caller.require("read")
        return await self.store.get(caller.tenant_id)

    async def configure(self, caller: Caller, config: TenantConfig) -> TenantState:
        caller.require("admin")
        return await self.store.configure(caller.tenant_id, config)

    async def list_keys(self, caller: Caller) -> Keys:
        caller.require("admin")
        return Keys(keys=tuple(await self.keys.list(caller.tenant_id)))

    async def make_key(self, caller: Caller, body: KeyBody) -> KeyCreated:
        caller.require("admin")
        key = f"pk_{secrets.token_urlsafe(KEY_BYTES)}"
        made = KeyState(
            key_id=KeyId(new_id()),
            tenant_id=caller.tenant_id,
            scopes=tuple(dict.fromkeys(body.scopes)),
            created_at=self.clock.now(),
        )
        await self.keys.add(made, hash_of(key))
        return KeyCreated(**dict(made), key=key)

    async def revoke_key(self, caller: Caller, key_id: KeyId) -> None:
        """Also the key that asks for it."""
        caller.require("admin")
        if not await self.keys.revoke(caller.tenant_id, key_id, self.clock.now()):
            raise RejectedError("There is no such key.", code="not_found")
