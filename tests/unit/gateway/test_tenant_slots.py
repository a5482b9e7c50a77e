from contextlib import ExitStack

import pytest

from contracts.errors import RejectedError
from contracts.ids import TenantId
from gateway.api.tenant_slots import TenantSlots

ONE, OTHER, THIRD = (TenantId(name) for name in ("one", "other", "third"))


def test_a_tenant_has_its_own_most_and_all_have_one_together() -> None:
    slots = TenantSlots(most=3, most_of_a_tenant=2, refusal="full")
    with ExitStack() as held:
        for tenant in (ONE, ONE, OTHER):
            held.enter_context(slots.take(tenant))
        for tenant in (ONE, OTHER, THIRD):
            with pytest.raises(RejectedError, match="full"), slots.take(tenant):
                pass
    with slots.take(THIRD):
        pass


def test_a_plan_may_allow_less_but_not_more() -> None:
    slots = TenantSlots(most=9, most_of_a_tenant=2, refusal="full")
    with slots.take(ONE, most_of_plan=1):
        with pytest.raises(RejectedError), slots.take(ONE, most_of_plan=1):
            pass
        with slots.take(ONE, most_of_plan=5), pytest.raises(RejectedError):
            slots.take(ONE, most_of_plan=5).__enter__()


def test_what_failed_gives_its_slot_back() -> None:
    slots = TenantSlots(most=1, most_of_a_tenant=1, refusal="full")
    for _ in range(3):
        with pytest.raises(ValueError, match="it failed"), slots.take(ONE):
            raise ValueError("it failed")
