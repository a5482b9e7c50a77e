"""Too many failures stop a reader, one tenant's bad data does not."""

from hypothesis import given
from hypothesis import strategies as st

from runtime.bus.breaker import FailureShare

outcomes = st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=80)


def share_of(rows: list[tuple[str, bool]]) -> FailureShare:
    share = FailureShare(window=50, at_least=20, ratio=0.5)
    for tenant, failed in rows:
        share.add(tenant, failed=failed)
    return share


@given(rows=outcomes)
def test_it_trips_only_on_a_large_share_over_several_tenants(rows: list[tuple[str, bool]]) -> None:
    recent = rows[-50:]
    failed = [tenant for tenant, is_failed in recent if is_failed]
    expected = len(recent) >= 20 and len(failed) * 2 >= len(recent) and len(set(failed)) >= 2
    assert share_of(rows).is_too_large == expected


@given(count=st.integers(0, 200))
def test_one_tenant_alone_never_trips_it(count: int) -> None:
    assert not share_of([("a", True)] * count + [("b", False)]).is_too_large
