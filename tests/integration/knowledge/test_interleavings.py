"""Whatever order uploads, removals and their facts come in, both services end with one document."""

import asyncio
import tempfile
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from cli.provisioning.tenants import provision_tenant
from contracts.errors import RejectedError
from contracts.ids import TenantId
from runtime.database import Database
from runtime.ids import new_id
from support.knowledge.both_stores import UNREADABLE, BothStores

Step = tuple[Literal["upload", "remove", "rag", "gateway"], int, int]
NAMES = ("guide.md", "later/guide.md")
CONTENTS = (b"It takes a day.", b"It takes two days.", UNREADABLE)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["upload", "upload", "remove", "rag", "rag", "gateway"]),
        st.integers(0, 5),
        st.integers(0, 5),
    ),
    min_size=2,
    max_size=16,
)


async def take(stores: BothStores, step: Step) -> None:
    """One step; a fact is picked from all that were ever stated, so some come twice."""
    what, which, content = step
    match what:
        case "upload":
            await stores.upload(NAMES[which % 2], CONTENTS[content % len(CONTENTS)])
        case "remove":
            with suppress(RejectedError):
                await stores.remove(NAMES[which % 2])
        case "rag" if stores.for_rag:
            await stores.rag_reads(stores.for_rag[which % len(stores.for_rag)])
        case "gateway" if stores.for_gateway:
            await stores.gateway_reads(stores.for_gateway[which % len(stores.for_gateway)])
        case _:
            pass


async def deliver_all(stores: BothStores, order: Random) -> None:
    """Every fact at least once more, in any order."""
    for event in order.sample(stores.for_rag, len(stores.for_rag)):
        await stores.rag_reads(event)
    for event in order.sample(stores.for_gateway, len(stores.for_gateway)):
        await stores.gateway_reads(event)


@settings(max_examples=60)
@given(steps=STEPS, order=st.randoms(use_true_random=False), newest_lost=st.booleans())
def test_any_interleaving_ends_in_one_order_that_both_services_agree_on(
    database_url: str,
    service_urls: dict[str, str],
    valkey_url: str,
    steps: list[Step],
    order: Random,
    *,
    newest_lost: bool,
) -> None:
    async def run(folder: Path) -> None:
        tenant_id = TenantId(f"k-{new_id().hex[-12:]}")
        await provision_tenant(database_url, valkey_url, folder, tenant_id)
        async with (
            Database(service_urls["gateway"], application="test") as gateway,
            Database(service_urls["rag"], application="test") as rag,
        ):
            stores = BothStores(tenant_id, gateway, rag, folder / "files")
            stores.newest.lost = newest_lost
            for step in steps:
                await take(stores, step)
            await deliver_all(stores, order)
            await stores.assert_agreed()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))
