"""Too many failures stop a reader, one tenant's bad data does not."""

from hypothesis import given
from hypothesis import strategies as st

from runtime.bus.reading.breaker import PROBES, CircuitBreaker, FailureShare

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


WAIT_S, LONGEST_S = 5.0, 20.0


def a_breaker() -> CircuitBreaker:
    return CircuitBreaker(probe_after_s=WAIT_S, probe_at_most_s=LONGEST_S)


def fail(breaker: CircuitBreaker, times: int) -> None:
    for number in range(times):
        breaker.add("ab"[number % 2], failed=True)


def test_what_was_stopped_is_tried_after_a_wait_and_goes_on_when_it_works() -> None:
    breaker = a_breaker()
    fail(breaker, 20)
    assert breaker.step(100.0) == "stop"
    assert breaker.step(100.0 + WAIT_S - 0.1) is None
    assert breaker.step(100.0 + WAIT_S) == "probe"
    breaker.add("a", failed=True)  # one bad one does not decide
    for _ in range(PROBES // 2 + 1):
        assert breaker.step(106.0) is None
        breaker.add("a", failed=False)
    assert breaker.step(106.0) == "resume"
    assert breaker.state == "closed"
    fail(breaker, 19)  # what failed before it was stopped is forgotten
    assert breaker.step(107.0) is None


def test_it_waits_twice_as_long_after_each_probe_that_fails_up_to_a_bound() -> None:
    breaker, now_s, waits = a_breaker(), 0.0, list[float]()
    fail(breaker, 20)
    for _ in range(5):
        assert breaker.step(now_s) == "stop"
        stopped_s = now_s
        while breaker.step(now_s) != "probe":
            now_s += 0.5
        waits.append(now_s - stopped_s)
        fail(breaker, PROBES // 2 + 1)
    assert waits == [5, 10, 20, 20, 20]


def test_what_ends_after_the_stop_decides_nothing() -> None:
    breaker = a_breaker()
    fail(breaker, 20)
    assert breaker.step(0.0) == "stop"
    fail(breaker, 50)
    assert breaker.step(WAIT_S) == "probe"
    assert breaker.step(WAIT_S) is None
