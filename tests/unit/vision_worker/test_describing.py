"""Which frames a vision model describes, and how much moved on a screen."""

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from contracts.media import Box, FrameKept
from contracts.tenants import DescribePolicy
from support.bus import a_frame
from vision_worker.domain.describing import (
    DescribedScreen,
    changed_area,
    describes,
    moved_since,
    moved_text,
)

texts = st.lists(st.text(max_size=20), max_size=12).map(tuple)
shares = st.floats(0, 1)
TABLE = (
    "Plan        Price",
    "Team        $49",
    "Business    $98",
    "Enterprise  $199",
    "Total $346",
)


def a_frame_that_changed(*boxes: Box) -> FrameKept:
    return a_frame().data.model_copy(update={"changed": boxes})


@given(shares, shares)
def test_eager_describes_all_lazy_none_and_adaptive_what_moved_more(one: float, two: float) -> None:
    less, more = sorted((one, two))
    assert describes("eager", less)
    assert not describes("lazy", more)
    assert describes("adaptive", less) <= describes("adaptive", more)


@given(st.sampled_from(get_args(DescribePolicy)), shares)
def test_eager_describes_whatever_another_policy_does(policy: DescribePolicy, moved: float) -> None:
    assert describes(policy, moved) <= describes("eager", moved)


@given(texts, texts)
def test_moved_text_is_a_share_and_the_same_from_both_sides(
    one: tuple[str, ...], two: tuple[str, ...]
) -> None:
    assert 0 <= moved_text(one, two) <= 1
    assert moved_text(one, two) == moved_text(two, one)
    assert moved_text(one, one) == 0


@given(texts)
def test_where_a_text_stands_does_not_count(one: tuple[str, ...]) -> None:
    assert moved_text(one, tuple(reversed(one))) == 0


def test_a_changed_price_is_little_and_another_slide_is_much() -> None:
    changed = (*TABLE[:-1], "Total $347")
    assert not describes("adaptive", moved_text(TABLE, changed))
    assert describes("adaptive", moved_text(TABLE, ("Roadmap", "Spring: two regions")))


def test_a_screen_that_was_never_described_moved_wholly() -> None:
    assert moved_since(None, (), 0) == 1


def test_what_changes_bit_by_bit_adds_up_though_its_text_stays() -> None:
    last = DescribedScreen(TABLE)
    assert not describes("adaptive", moved_since(last, TABLE, 0.2))
    assert describes("adaptive", moved_since(DescribedScreen(TABLE, 0.2), TABLE, 0.2))


def test_changed_area_is_a_share_of_the_picture_and_of_no_boxes_the_whole() -> None:
    assert changed_area(a_frame_that_changed()) == 1
    quarter = Box(x=0, y=0, width=640, height=360)
    assert changed_area(a_frame_that_changed(quarter)) == 0.25
    assert changed_area(a_frame_that_changed(*[quarter] * 5)) == 1
