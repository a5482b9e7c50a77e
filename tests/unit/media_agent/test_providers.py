from hypothesis import given
from hypothesis import strategies as st

from media_agent.domain.speech.providers import LONGEST_REST_S, Order


def test_the_first_in_order_is_asked_while_it_works() -> None:
    order = Order(["deepgram", "local"])
    order.worked("deepgram")
    assert order.candidates(0) == ["deepgram", "local"]


def test_who_failed_rests_and_is_tried_again() -> None:
    order = Order(["deepgram", "local"])
    order.failed("deepgram", 100)
    assert order.candidates(104) == ["local"]
    assert order.candidates(105) == ["deepgram", "local"]


def test_who_fails_again_rests_longer_and_a_success_forgets_it() -> None:
    order = Order(["deepgram", "local"])
    order.failed("deepgram", 100)
    order.failed("deepgram", 105)
    assert order.candidates(114) == ["local"]
    assert order.candidates(115) == ["deepgram", "local"]
    order.worked("deepgram")
    order.failed("deepgram", 200)
    assert order.candidates(205) == ["deepgram", "local"]


def test_two_people_who_meet_one_failure_make_it_rest_once() -> None:
    order = Order(["deepgram", "local"])
    order.failed("deepgram", 100)
    order.failed("deepgram", 100.5)
    assert order.candidates(105) == ["deepgram", "local"]


def test_when_all_rest_all_are_tried() -> None:
    order = Order(["elevenlabs", "cartesia"])
    order.failed("elevenlabs", 0)
    order.failed("cartesia", 0)
    assert order.candidates(1) == ["elevenlabs", "cartesia"]


def test_being_lost_and_back_is_news_once() -> None:
    order = Order(["local"])
    assert order.nobody_served()
    assert not order.nobody_served()
    assert order.worked("local")
    assert not order.worked("local")


@given(st.lists(st.floats(min_value=0, max_value=1_000), min_size=1, max_size=50))
def test_nobody_rests_for_ever(gaps: list[float]) -> None:
    order, now = Order(["deepgram", "local"]), 0.0
    for gap in gaps:
        now += gap
        order.failed("deepgram", now)
    assert "deepgram" in order.candidates(now + LONGEST_REST_S)
