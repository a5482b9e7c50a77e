"""Laws of a folded history, whatever was on the screen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answering.history.fold import History
from answering.history.placed_text import MAX_FRAME_TEXTS, MAX_TEXT_CHARS
from answering.screen_history import ScreenHistory, Shown
from contracts.vision import FrameDescribed
from support.screens import ScreenBuilder, a_box, a_frame, a_frame_of_lines

WORDS = ("Orders", "Boilers", "Ferry", "Tents", "Ovens", "Quota")


@dataclass(frozen=True)
class Screen:
    """What a drawn screen shows."""

    title: str
    pairs: tuple[tuple[str, str], ...]
    texts: tuple[str, ...]
    message: str | None
    terminal: tuple[str, ...]


values = st.sampled_from(["14.20", "1420", "14.2O", "19.90", "open", "shut"])
screens = st.builds(
    Screen,
    title=st.sampled_from(WORDS),
    pairs=st.lists(st.tuples(st.sampled_from(WORDS), values), max_size=4).map(tuple),
    texts=st.lists(st.sampled_from(WORDS), max_size=4).map(tuple),
    message=st.none() | st.sampled_from(["Upload failed", "Saved"]),
    terminal=st.lists(st.sampled_from(["$", "$ make", "ok", "1 %", "2 %"]), max_size=4).map(tuple),
)
sessions = st.lists(screens, min_size=1, max_size=8)
# Of two that are alike and equally near, a jitter may say which is which; here each stands once.
plain_screens = st.builds(
    Screen,
    title=st.sampled_from(["Spring plan", "Autumn plan"]),
    pairs=st.dictionaries(st.sampled_from(["Price", "Seats", "Hours"]), values).map(
        lambda pairs: tuple(pairs.items())
    ),
    texts=st.lists(st.sampled_from(["Ferry", "Tents", "Ovens", "Quota"]), unique=True).map(tuple),
    message=st.none() | st.sampled_from(["Upload failed", "Saved"]),
    terminal=st.just(("$ make", "ok")) | st.just(()),
)


def drawn(
    at_ms: int, screen: Screen, *, jitter: Sequence[int] = (0,), backwards: bool = False
) -> FrameDescribed:
    built = ScreenBuilder(jitter=jitter)
    heading = built.heading(screen.title, 40, 10)
    for row, (label, value) in enumerate(screen.pairs):
        built.pair(label, value, 40, 100 + 80 * row, heading)
    for row, text in enumerate(screen.texts):
        built.text(text, 400, 100 + 80 * row)
    if screen.message:
        built.message(screen.message, 800, 40)
    if screen.terminal:
        built.terminal(screen.terminal, 800, 300)
    return a_frame(at_ms, built.build(backwards=backwards))


def frames_of(session: Sequence[Screen], *, jitter: Sequence[int] = (0,)) -> list[FrameDescribed]:
    return [drawn(10 * at, screen, jitter=jitter) for at, screen in enumerate(session)]


def folded(frames: Sequence[FrameDescribed]) -> History:
    history = History()
    for frame in frames:
        history = history.add(frame)
    return history


def without_boxes(history: ScreenHistory) -> ScreenHistory:
    box = a_box(0, 0, "")

    def plain(shown: Sequence[Shown]) -> tuple[Shown, ...]:
        return tuple(replace(one, box=box) for one in shown)

    return replace(
        history,
        places=tuple(plain(place) for place in history.places),
        messages=plain(history.messages),
        console=plain(history.console),
    )


@given(st.lists(plain_screens, max_size=8), st.lists(st.integers(-2, 2), min_size=1, max_size=7))
def test_boxes_that_jitter_change_nothing(session: list[Screen], jitter: list[int]) -> None:
    still = folded(frames_of(session)).view()
    shaking = [
        drawn(10 * at, screen, jitter=[*jitter[at % len(jitter) :], *jitter])
        for at, screen in enumerate(session)
    ]
    assert sorted_places(folded(shaking).view()) == sorted_places(still)


def sorted_places(history: ScreenHistory) -> ScreenHistory:
    """Places that came in one frame are ordered by where they stand, which jitters."""
    plain = without_boxes(history)
    return replace(plain, places=tuple(sorted(plain.places, key=str)))


@given(sessions)
def test_the_order_of_blocks_changes_nothing(session: list[Screen]) -> None:
    backwards = [drawn(10 * at, screen, backwards=True) for at, screen in enumerate(session)]
    assert folded(backwards).view() == folded(frames_of(session)).view()


@given(sessions, st.data())
def test_frames_that_come_late_or_twice_are_put_by_their_time(
    session: list[Screen], data: st.DataObject
) -> None:
    frames = frames_of(session)
    arrived = data.draw(st.permutations([*frames, *data.draw(st.lists(st.sampled_from(frames)))]))
    history = History()
    for frame in arrived:
        history = history.add(frame)
        if data.draw(st.booleans()):
            history.view()
    assert history.view() == folded(frames).view()


@given(sessions, st.data())
def test_what_came_after_a_time_is_not_in_the_view_as_of_then(
    session: list[Screen], data: st.DataObject
) -> None:
    frames = frames_of(session)
    history = folded(frames)
    for until_ms in data.draw(st.lists(st.integers(0, 10 * len(frames)), max_size=4)):
        known = [frame for frame in frames if frame.shown_at_ms <= until_ms]
        assert history.view(until_ms) == folded(known).view()


@given(sessions)
def test_an_older_history_is_not_changed_by_what_is_added(session: list[Screen]) -> None:
    frames = frames_of(session)
    older = folded(frames[:-1])
    before = older.view()
    older.add(frames[-1]).view()
    assert older.view() == before


@given(sessions)
def test_spans_of_a_place_follow_each_other(session: list[Screen]) -> None:
    for place in folded(frames_of(session)).view().places:
        ends = [cast("int", shown.until_ms) for shown in place[:-1]]
        assert all(end <= shown.from_ms for end, shown in zip(ends, place[1:], strict=True))


@given(sessions)
def test_every_value_on_the_newest_screen_is_shown_now(session: list[Screen]) -> None:
    now = folded(frames_of(session)).view()
    labels = {shown.label for place in now.places for shown in place if shown.until_ms is None}
    assert {label for label, _ in session[-1].pairs} <= labels


def test_a_rewound_recording_adds_nothing_where_it_shows_the_same() -> None:
    first = [a_frame_of_lines(at, [("Queue", 40, 40), (f"{at} waiting", 40, 80)]) for at in (0, 5)]
    again = [
        frame.model_copy(update={"frame_id": a_frame(frame.shown_at_ms, name="again").frame_id})
        for frame in first
    ]
    twice = without_boxes(folded([*first, *again]).view())
    texts = [[shown.text for shown in place] for place in twice.places]
    assert texts == [["Queue"], ["0 waiting", "5 waiting"]]


def test_without_a_frame_there_is_nothing() -> None:
    assert History().view() == ScreenHistory()


def test_what_is_too_much_goes_unlabelled_and_oldest_first_and_is_said() -> None:
    history = History(max_texts=400)
    for at in range(40):
        built = ScreenBuilder()
        built.pair("Monthly", f"{at}.20", 40, 40)
        for row in range(20):
            built.text(f"{at} of {row}", 400, 40 + 30 * row)
        history = history.add(a_frame(at, built.build()))
        assert history.text_count <= 400
    view = history.view()
    assert view.left_out_until_ms is not None
    assert view.left_out_until_ms < 39
    oldest_named = min(shown.from_ms for shown in view.all_shown() if shown.label)
    oldest_unnamed = min(shown.from_ms for shown in view.all_shown() if not shown.label)
    assert oldest_named < oldest_unnamed


@pytest.mark.parametrize("text", ["short", "x" * (MAX_TEXT_CHARS + 1)])
def test_a_frame_with_too_many_texts_keeps_the_named_ones_and_says_so(text: str) -> None:
    built = ScreenBuilder()
    for row in range(MAX_FRAME_TEXTS):
        built.text(f"{row} {text}", 40, 30 * row)
    built.pair("Monthly", "14.20", 40, 40_000)
    view = folded([a_frame(3, built.build())]).view()
    assert view.left_out_until_ms == 3
    assert "Monthly" in {shown.label for shown in view.all_shown()}
    assert max(len(shown.text) for shown in view.all_shown()) <= MAX_TEXT_CHARS
