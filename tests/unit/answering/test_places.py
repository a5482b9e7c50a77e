"""What stood at a place, from when until when."""

from collections.abc import Iterable, Sequence

import pytest

from answering.history.fold import History
from answering.screen_history import ScreenHistory, Shown
from contracts.vision import FrameDescribed
from support.screens import ScreenBuilder, a_frame, a_frame_of_lines

Spans = list[tuple[str, int, int | None]]


def folded(*frames: FrameDescribed) -> ScreenHistory:
    history = History()
    for frame in frames:
        history = history.add(frame)
    return history.view()


def spans_of(place: Iterable[Shown]) -> Spans:
    return [(shown.text, shown.from_ms, shown.until_ms) for shown in place]


def all_spans(history: ScreenHistory) -> list[Spans]:
    return [spans_of(place) for place in history.places]


def labelled(history: ScreenHistory, label: str) -> list[Spans]:
    return [spans_of(place) for place in history.places if place[0].label == label]


def a_card(at_ms: int, price: str, *, y: int = 100, heading: str = "Starter") -> FrameDescribed:
    screen = ScreenBuilder()
    over = screen.heading(heading, 300, y - 40)
    screen.pair("Monthly", price, 300, y, over)
    return a_frame(at_ms, screen.build())


def lines_at(at_ms: int, *texts: str, x: int = 100, y: int = 100) -> FrameDescribed:
    return a_frame_of_lines(at_ms, [(text, x, y + 30 * row) for row, text in enumerate(texts)])


def test_a_labelled_value_that_changes_has_an_until_and_a_since() -> None:
    history = folded(a_card(0, "14.20"), a_card(70_000, "19.90"))
    assert labelled(history, "Monthly") == [[("14.20", 0, 70_000), ("19.90", 70_000, None)]]
    (place,) = [place for place in history.places if place[0].label == "Monthly"]
    assert place[1].heading == "Starter"


def test_a_cell_of_a_table_is_named_by_its_row_and_column_wherever_the_row_stands() -> None:
    before, after = ScreenBuilder(), ScreenBuilder()
    before.table([["Disk", "Used"], ["/var", "71 %"], ["/home", "20 %"]], 40, 40)
    after.table([["Disk", "Used"], ["/boot", "5 %"], ["/var", "93 %"], ["/home", "20 %"]], 40, 40)
    history = folded(a_frame(0, before.build()), a_frame(10, after.build()))
    assert labelled(history, "/var, Used") == [[("71 %", 0, 10), ("93 %", 10, None)]]
    assert labelled(history, "/home, Used") == [[("20 %", 0, None)]]
    assert labelled(history, "/boot, Used") == [[("5 %", 10, None)]]


def test_the_same_label_on_another_slide_is_the_same_place() -> None:
    between = lines_at(30, "Agenda", "Questions", "Thanks")
    history = folded(a_card(0, "14.20"), between, a_card(60, "19.90", y=600))
    assert labelled(history, "Monthly") == [[("14.20", 0, 30), ("19.90", 60, None)]]


def test_the_same_label_under_another_heading_is_another_place() -> None:
    history = folded(a_card(0, "14.20"), a_card(60, "19.90", heading="Business"))
    assert labelled(history, "Monthly") == [[("14.20", 0, 60)], [("19.90", 60, None)]]


def test_two_labels_of_one_name_are_kept_apart_by_where_they_stand() -> None:
    def two(left: str, right: str) -> ScreenBuilder:
        screen = ScreenBuilder()
        screen.text("Overview of both", 100, 20)
        screen.pair("Seats", left, 100, 100)
        screen.pair("Seats", right, 600, 100)
        return screen

    history = folded(a_frame(0, two("4", "9").build()), a_frame(5, two("4", "12").build()))
    assert labelled(history, "Seats") == [[("4", 0, None)], [("9", 0, 5), ("12", 5, None)]]


def test_without_a_label_the_same_box_is_the_same_place_while_the_rest_stands() -> None:
    history = folded(
        lines_at(0, "Queue", "14 waiting", "Updated live"),
        lines_at(9, "Queue", "17 waiting", "Updated live"),
    )
    assert [("14 waiting", 0, 9), ("17 waiting", 9, None)] in all_spans(history)


def test_another_slide_does_not_change_what_stood_at_its_boxes() -> None:
    one = lines_at(0, "Roadmap", "Spring: tents", "Autumn: stoves")
    other = lines_at(9, "Team", "Ilse leads", "Bram builds")
    history = folded(one, other)
    assert all(len(place) == 1 for place in history.places)


def test_a_view_that_returns_goes_on_where_it_was() -> None:
    def board(at_ms: int, count: str) -> FrameDescribed:
        return lines_at(at_ms, "Queue", count, "Updated live")

    other = lines_at(50, "Agenda of today", "First point here", "Second point here", x=500, y=400)
    history = folded(board(0, "14 waiting"), other, board(80, "17 waiting"))
    assert [("14 waiting", 0, 50), ("17 waiting", 80, None)] in all_spans(history)
    assert [("Queue", 0, 50), ("Queue", 80, None)] in all_spans(history)


def test_what_scrolls_keeps_its_place_and_takes_no_other() -> None:
    names = [f"Item number {number} of the list" for number in range(30)]
    history = folded(*[lines_at(step, *names[4 * step : 4 * step + 10]) for step in range(6)])
    assert len(history.places) == 30
    assert all(len(place) == 1 for place in history.places)


@pytest.mark.parametrize("misread", ["14.2O", "1420", "14,20", "l4.20"])
def test_a_misreading_of_one_frame_is_no_other_value(misread: str) -> None:
    history = folded(a_card(0, "14.20"), a_card(1, "14.20"), a_card(2, misread), a_card(3, "14.20"))
    assert labelled(history, "Monthly") == [[("14.20", 0, None)]]


@pytest.mark.parametrize(
    ("right", "misread"), [("Invoice overdue", "lnvoice overdue"), ("Warehouse", "Warehcuse")]
)
def test_one_wrong_letter_of_one_frame_is_no_other_value(right: str, misread: str) -> None:
    history = folded(a_card(0, right), a_card(2, misread), a_card(3, right))
    assert labelled(history, "Monthly") == [[(right, 0, None)]]


@pytest.mark.parametrize("between", ["14.30", "74.20", "14.201", "Server B"])
def test_a_changed_digit_is_a_change_even_if_it_returns(between: str) -> None:
    history = folded(a_card(0, "14.20"), a_card(2, between), a_card(3, "14.20"))
    assert labelled(history, "Monthly") == [[("14.20", 0, 2), (between, 2, 3), ("14.20", 3, None)]]


def test_a_lost_mark_that_stays_lost_is_a_change() -> None:
    history = folded(a_card(0, "1.420"), *[a_card(at, "14.20") for at in (5, 6, 7, 8)])
    assert labelled(history, "Monthly") == [[("1.420", 0, 5), ("14.20", 5, None)]]


def test_the_reading_that_was_seen_most_often_is_quoted_from_its_own_frame() -> None:
    frames = [a_card(0, "14.2O"), a_card(1, "14.20"), a_card(2, "14.20")]
    (place,) = [one for one in folded(*frames).places if one[0].label == "Monthly"]
    assert (place[0].text, place[0].from_ms) == ("14.20", 0)
    assert place[0].frame_id == frames[1].frame_id


def test_a_text_that_one_frame_misses_stood_all_the_time() -> None:
    texts = ("Queue", "14 waiting", "Updated live")
    history = folded(lines_at(0, *texts), lines_at(1, *texts[:2]), lines_at(2, *texts))
    assert [("Updated live", 0, None)] in all_spans(history)


def test_a_line_of_an_editor_is_named_by_its_number() -> None:
    def editor(at_ms: int, lines: dict[int, str]) -> FrameDescribed:
        screen = ScreenBuilder()
        screen.editor(lines)
        return a_frame(at_ms, screen.build())

    history = folded(
        editor(0, {7: "retries = 3", 8: "timeout = 10", 9: "trace = off"}),
        editor(5, {7: "retries = 5", 8: "timeout = 10", 9: "trace = off"}),
    )
    assert labelled(history, "7") == [[("retries = 3", 0, 5), ("retries = 5", 5, None)]]
    assert history.console == ()


def test_messages_have_a_beginning_and_an_end_in_the_order_they_came() -> None:
    def shown(at_ms: int, *messages: str) -> FrameDescribed:
        screen = ScreenBuilder()
        screen.text("Orders", 40, 40)
        for row, message in enumerate(messages):
            screen.message(message, 700, 100 + 60 * row, is_error="failed" in message)
        return a_frame(at_ms, screen.build())

    history = folded(
        shown(0),
        shown(10, "Upload failed"),
        shown(20, "Upload failed", "Saved"),
        shown(30, "Saved"),
        shown(40),
        shown(50),
        shown(60, "Upload failed"),
    )
    assert spans_of(history.messages) == [
        ("Upload failed", 10, 30),
        ("Saved", 20, 40),
        ("Upload failed", 60, None),
    ]
    assert [one.from_ms for one in history.latest_messages("error")] == [60, 10]


def test_the_history_is_asked_by_time() -> None:
    history = folded(a_card(0, "14.20"), a_card(70, "19.90"), a_card(90, "21.00"))

    def texts(found: Sequence[Shown]) -> set[str]:
        return {shown.text for shown in found if shown.label == "Monthly"}

    assert texts(history.values_at(69)) == {"14.20"}
    assert texts(history.values_at(70)) == {"19.90"}
    assert texts(history.shown_between(80, 95)) == {"19.90", "21.00"}
    (newest,) = [shown for shown in history.values_at(95) if shown.label == "Monthly"]
    before = history.previous_value(newest)
    assert before
    assert before.text == "19.90"
    first = history.previous_value(before)
    assert first
    assert history.previous_value(first) is None


def test_the_previous_value_is_the_last_other_one() -> None:
    away = lines_at(30, "Agenda", "Questions", "Thanks")
    history = folded(a_card(0, "14.20"), a_card(10, "19.90"), away, a_card(60, "19.90"))
    (newest,) = [shown for shown in history.values_at(60) if shown.label == "Monthly"]
    before = history.previous_value(newest)
    assert before
    assert before.text == "14.20"


def test_a_structure_that_points_outside_its_cells_loses_only_what_it_points_at() -> None:
    screen = ScreenBuilder()
    screen.pair("Monthly", "14.20", 40, 40)
    screen.pair("Yearly", "140.00", 40, 140)
    whole = screen.build()
    torn = whole.model_copy(update={"cells": whole.cells[:-1]})
    assert labelled(folded(a_frame(0, torn)), "Monthly") == [[("14.20", 0, None)]]
