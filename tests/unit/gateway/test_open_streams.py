import asyncio
from uuid import UUID

import pytest

from contracts.errors import RejectedError, UnavailableError
from contracts.ids import KeyId, TenantId
from gateway.api.sse.open_streams import OPENED_AT_ONCE, OpenStreams
from gateway.api.sse.revocations import RevocationChecker
from gateway.domain.callers import Caller

ACME, OTHER = TenantId("acme"), TenantId("other")
CALLER = Caller(ACME, UUID(int=1), frozenset({"read"}))


class FakeCallers:
    """Keys in force, and a database that may be away."""

    def __init__(self, *in_force: str) -> None:
        self.in_force = set(in_force)
        self.is_away = False

    async def find(self, key_hash: str) -> Caller | None:
        if self.is_away:
            raise UnavailableError("the database does not answer")
        return CALLER if key_hash in self.in_force else None

    async def is_in_force(self, tenant_id: TenantId, key_id: KeyId) -> bool:
        raise NotImplementedError  # of invitations, not of streams


async def test_a_key_that_was_revoked_is_noticed_at_the_next_look() -> None:
    callers = FakeCallers("a", "b")
    keys = RevocationChecker(callers, every_s=0)
    assert await keys.is_valid("a")
    callers.in_force = {"b"}
    assert not await keys.is_valid("a")
    assert await keys.is_valid("b")
    callers.in_force = {"a", "b"}  # what was revoked does not come back
    assert not await keys.is_valid("a")


async def test_all_streams_of_a_key_share_one_look() -> None:
    callers = FakeCallers("a", "b")
    keys = RevocationChecker(callers, every_s=3_600)
    assert await keys.is_valid("a")
    callers.in_force = set()
    assert await keys.is_valid("a")  # still within the time of the look before
    assert not await keys.is_valid("b")


async def test_a_database_that_is_away_revokes_nothing() -> None:
    callers = FakeCallers("a")
    callers.is_away = True
    assert await RevocationChecker(callers, every_s=0).is_valid("a")


def test_a_slot_is_given_back_and_counts_for_its_tenant_and_the_process() -> None:
    streams = OpenStreams(most=3, most_of_a_tenant=2)
    with streams.slot(ACME, 5), streams.slot(ACME, 5):
        with pytest.raises(RejectedError), streams.slot(ACME, 5):
            pass
        with streams.slot(OTHER, 5), pytest.raises(RejectedError), streams.slot(OTHER, 5):
            pass  # the process has all it may have
        with pytest.raises(RejectedError), streams.slot(OTHER, 0):
            pass  # the plan allows none
    with streams.slot(ACME, 1):
        pass


async def test_those_who_open_a_stream_wait_in_a_line_that_has_an_end() -> None:
    streams, go_on = OpenStreams(most=3, most_of_a_tenant=3), asyncio.Event()
    let_in = 0

    async def open_one() -> None:
        nonlocal let_in
        async with streams.opening():
            let_in += 1
            await go_on.wait()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(OPENED_AT_ONCE + 3):
            tasks.create_task(open_one())
            await asyncio.sleep(0)
        assert let_in == OPENED_AT_ONCE
        with pytest.raises(RejectedError) as refused:
            await open_one()
        assert refused.value.code == "busy"
        go_on.set()
    assert let_in == OPENED_AT_ONCE + 3
