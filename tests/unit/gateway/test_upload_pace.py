"""A least rate over a window, and a time for all: nothing that came before buys time later."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.api.middleware.upload_pace import PacedUpload, UploadPace

PACE = UploadPace(window_s=10, least_bytes_per_s=100, timeout_s=1_000)
ROUNDING_S = 1e-6
"""Of a thousand sums of seconds."""
PIECES = st.lists(st.tuples(st.integers(0, 5_000), st.floats(0, 5)), max_size=60)


def played(pieces: list[tuple[int, float]]) -> tuple[float, int]:
    """When a client that sends these, each after so long, is cut off, and how much came by then."""
    upload, now_s, received = PacedUpload(PACE, 0), 0.0, 0
    for size_bytes, waited_s in pieces:
        deadline_s = upload.deadline_s(now_s)
        if now_s + waited_s > deadline_s:
            return deadline_s, received
        now_s += waited_s
        received += size_bytes
        upload.note(size_bytes, waited_s)
    return upload.deadline_s(now_s), received


@given(before=PIECES, step_s=st.floats(0.1, 5))
def test_who_sends_slower_than_the_least_rate_is_cut_off_a_window_later_whatever_came_before(
    before: list[tuple[int, float]], step_s: float
) -> None:
    so_far_s = sum(waited_s for _, waited_s in before)
    slowly = [(int(step_s * 50), step_s)] * 1_000
    cut_off_s, _ = played([*before, *slowly])
    assert cut_off_s <= so_far_s + 2 * PACE.window_s + ROUNDING_S


@given(pieces=st.lists(st.floats(0.01, 5), min_size=1, max_size=100))
def test_who_keeps_twice_the_rate_is_not_cut_off_before_the_time_for_all_is_over(
    pieces: list[float],
) -> None:
    took_s = sum(pieces)
    cut_off_s, _ = played([(int(waited_s * 200) + 1, waited_s) for waited_s in pieces])
    assert cut_off_s >= min(took_s, PACE.timeout_s) - ROUNDING_S


@given(pieces=PIECES)
def test_nobody_sends_longer_than_the_time_for_all(pieces: list[tuple[int, float]]) -> None:
    cut_off_s, _ = played(pieces * 20)
    assert cut_off_s <= PACE.timeout_s
