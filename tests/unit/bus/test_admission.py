"""Slots: bounded, shared, and never left empty while somebody waits."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from runtime.bus.concurrency.admission import Admission

# A step: None releases whoever runs longest, a letter is a tenant that comes.
steps = st.lists(st.sampled_from([None, "a", "b", "c"]), max_size=60)
limits = st.integers(1, 8)


def play(
    moves: list[str | None], limit: int, share: float, *, newest_first: bool = False
) -> list[tuple[str, Counter[str], list[str]]]:
    """Each admission: who, what ran before it, who waited before it."""
    admission: Admission[str] = Admission(limit, tenant_share=share, newest_first=newest_first)
    running: list[str] = []
    waiting: list[str] = []
    admitted: list[tuple[str, Counter[str], list[str]]] = []
    for move in moves:
        if move is not None:
            admission.offer(move, move)
            waiting.append(move)
        elif running:
            admission.release(running.pop(0))
        while (tenant := admission.take()) is not None:
            admitted.append((tenant, Counter(running), list(waiting)))
            waiting.remove(tenant)
            running.append(tenant)
        assert admission.running == len(running) <= limit
        assert admission.waiting == len(waiting)
        # Work-conserving: nobody waits beside a free slot.
        assert not waiting or len(running) == limit
    return admitted


@given(moves=steps, limit=limits)
def test_no_tenant_goes_over_its_share_while_one_under_it_waits(
    moves: list[str | None], limit: int
) -> None:
    share = max(1, limit // 2)
    for tenant, running, waiting in play(moves, limit, 0.5):
        if running[tenant] >= share:
            assert all(running[other] >= share for other in waiting)


@given(moves=steps, limit=limits)
def test_with_one_tenant_the_order_is_that_of_arrival(moves: list[str | None], limit: int) -> None:
    admission: Admission[int] = Admission(limit, tenant_share=0.5)
    went: list[int] = []
    came = running = 0
    for move in moves:
        if move is not None:
            admission.offer("a", came)
            came += 1
        elif running:
            admission.release("a")
            running -= 1
        while (item := admission.take()) is not None:
            went.append(item)
            running += 1
    assert went == list(range(len(went)))


def test_newest_first_takes_the_last_to_come() -> None:
    admission: Admission[int] = Admission(1, tenant_share=1, newest_first=True, read_ahead=4)
    for item in range(3):
        admission.offer("a", item)
    assert admission.has_room
    assert admission.take() == 2
    admission.release("a")
    assert admission.take() == 1


def test_who_gave_a_slot_back_goes_before_those_who_never_ran() -> None:
    admission: Admission[str] = Admission(1, tenant_share=1)
    admission.offer("a", "never ran")
    admission.offer("a", "was here before", first=True)
    assert admission.take() == "was here before"


@given(moves=steps, limit=limits, newest_first=st.booleans(), came_back=st.integers(1, 8))
def test_within_the_shares_who_was_here_before_goes_first_and_in_order(
    moves: list[str | None], limit: int, newest_first: bool, came_back: int
) -> None:
    admission: Admission[tuple[str, int]] = Admission(
        limit, tenant_share=0.5, newest_first=newest_first, read_ahead=4 if newest_first else 0
    )
    for place, tenant in enumerate(move for move in moves if move):
        admission.offer(tenant, (tenant, -place - 1))
    for place in range(came_back):
        admission.offer("d", ("d", place), first=True)
    assert newest_first or not admission.has_room
    went: list[tuple[str, int]] = []
    while admission.waiting:
        if (item := admission.take()) is None:
            admission.release(went[-1][0])
        else:
            went.append(item)
    back = [place for tenant, place in went if tenant == "d"]
    assert back == list(range(came_back))
    share = max(1, limit // 2)
    first = went[: min(share, came_back)]
    assert all(tenant == "d" for tenant, _ in first)
