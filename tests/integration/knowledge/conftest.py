"""The two services that keep a document, on real PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cli.provisioning.tenants import provision_tenant
from contracts.ids import TenantId
from runtime.database import Database
from runtime.ids import new_id
from support.knowledge.both_stores import BothStores


@pytest.fixture
async def stores(
    database_url: str, service_urls: dict[str, str], valkey_url: str, tmp_path: Path
) -> AsyncIterator[BothStores]:
    tenant_id = TenantId(f"k-{new_id().hex[-12:]}")
    await provision_tenant(database_url, valkey_url, tmp_path, tenant_id)
    async with (
        Database(service_urls["gateway"], application="test") as gateway,
        Database(service_urls["rag"], application="test") as rag,
    ):
        yield BothStores(tenant_id, gateway, rag, tmp_path / "files")
