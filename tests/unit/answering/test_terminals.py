"""Lines of terminals stay in order though they have scrolled away."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from answering.history.fold import History
from support.screens import ScreenBuilder, a_frame, a_terminal


def console_of(screens: Sequence[Sequence[str]]) -> list[str]:
    history = History()
    for at_ms, lines in enumerate(screens):
        history = history.add(a_terminal(at_ms, lines))
    return [shown.text for shown in history.view().console]


@st.composite
def a_scroll(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    """A long text, and screens of it: up and down, never further than to a line they share."""
    text = draw(
        st.lists(st.text("abcdefhjkmnprtuvwxy -/", min_size=3).map(str.strip), unique=True)
        .map(lambda lines: [f"{at}: {line}" for at, line in enumerate(lines)])
        .filter(bool)
    )
    height = draw(st.integers(1, 12))
    last = max(0, len(text) - height)
    at = draw(st.integers(0, last))
    tops = [at]
    for move in draw(st.lists(st.integers(-height + 1, height - 1), max_size=20)):
        tops.append(min(last, max(0, tops[-1] + move)))
    return text, [text[top : top + height] for top in tops]


@given(a_scroll())
def test_any_scroll_of_a_long_text_gives_the_text_back(
    scroll: tuple[list[str], list[list[str]]],
) -> None:
    text, screens = scroll
    seen = [line for line in text if any(line in screen for screen in screens)]
    assert console_of(screens) == seen


def test_a_command_that_is_typed_is_one_line() -> None:
    typed = [
        ["$"],
        ["$ ma"],
        ["$ make"],
        ["$ make", "compiling", "$"],
        ["$ make", "compiling", "$ ls"],
    ]
    assert console_of(typed) == ["$ make", "compiling", "$ ls"]


def test_a_progress_line_is_overwritten() -> None:
    screens = [
        ["$ get data", "fetched 10 %"],
        ["$ get data", "fetched 60 %"],
        ["$ get data", "fetched 100 %", "done"],
    ]
    assert console_of(screens) == ["$ get data", "fetched 100 %", "done"]


def test_after_a_cleared_screen_the_old_lines_are_still_known() -> None:
    screens = [["$ make", "compiling", "linked"], ["$ test", "4 passed"]]
    assert console_of(screens) == ["$ make", "compiling", "linked", "$ test", "4 passed"]


def test_the_same_output_again_is_there_twice() -> None:
    screens = [["$ t", "ok"], ["$ t", "ok", "$ t"], ["$ t", "ok", "$ t", "ok"]]
    assert console_of(screens) == ["$ t", "ok", "$ t", "ok"]


def test_two_terminals_that_take_turns_are_kept_apart() -> None:
    one = ["$ serve", "listening on 8080", "GET /status"]
    other = ["$ tail log", "worker started", "worker idle"]
    screens = [one, other, [*one, "GET /orders"], [*other, "worker busy"]]
    assert console_of(screens) == [*one, "GET /orders", *other, "worker busy"]


def test_a_wrong_letter_of_one_frame_does_not_tear_the_lines() -> None:
    screens = [
        ["$ make", "compiling module", "linking all"],
        ["$ make", "compi1ing modu1e", "linking all", "done"],
        ["compiling module", "linking all", "done", "$"],
    ]
    assert console_of(screens) == ["$ make", "compiling module", "linking all", "done", "$"]


def test_lines_have_times_and_the_command_they_are_output_of() -> None:
    history = History()
    history = history.add(a_terminal(0, ["$ make", "compiling"]))
    history = history.add(a_terminal(7, ["compiling", "linked"]))
    make, compiling, linked = history.view().console
    assert (make.from_ms, make.until_ms, make.label) == (0, 7, "")
    assert (compiling.from_ms, compiling.until_ms, compiling.label) == (0, None, "make")
    assert (linked.from_ms, linked.label) == (7, "make")


def test_a_terminal_that_leaves_the_screen_ends() -> None:
    screen = ScreenBuilder()
    screen.text("Agenda", 40, 40)
    history = History().add(a_terminal(0, ["$ make", "done"])).add(a_frame(9, screen.build()))
    assert [shown.until_ms for shown in history.view().console] == [9, 9]
