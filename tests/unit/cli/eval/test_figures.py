"""Halves, questions of one session, rows of figures."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from cli.eval.harness.cases import Case, Turn, ask_all
from cli.eval.harness.halves import Half, half_of
from cli.eval.harness.judging import Accepted, Said
from cli.eval.harness.metrics import rows_of, wilson

MEETINGS = Path(__file__).parents[3] / "evals" / "meetings"


class Parrot:
    """Says what it is asked, and abstains from questions in capitals."""

    name = "parrot"

    def __init__(self) -> None:
        self.before: list[tuple[str, Sequence[Turn]]] = []

    def answer(self, case: Case, turns: Sequence[Turn]) -> Said:
        self.before.append((case.id, turns))
        return Said(case.question, abstained=case.question.isupper())


def a_case(key: str, question: str, *, kind: str = "screen", session: str = "") -> Case:
    return Case("made", kind, key, key, question, Accepted(("yes",)), "yes", session=session)


def test_the_meetings_are_in_the_halves_that_the_split_file_names() -> None:
    split = tomllib.loads((MEETINGS / "split.toml").read_text())
    named = {path.name for path in (MEETINGS / "sources").iterdir()}

    assert {*split["tune"], *split["report"]} == named
    for half in Half:
        assert all(half_of(name) is half for name in split[half])


def test_a_half_does_not_depend_on_the_machine() -> None:
    # md5("hail-claim") ends in an even digit, md5("soil-sheet") in an odd one.
    assert [half_of(key) for key in ("hail-claim", "soil-sheet")] == [Half.TUNE, Half.REPORT]


def test_questions_of_a_session_know_its_turns_and_others_none() -> None:
    parrot = Parrot()
    cases = [
        a_case("1", "yes", session="one"),
        a_case("2", "no"),
        a_case("3", "no", session="one"),
    ]

    ask_all(parrot, cases)

    assert parrot.before == [("1", ()), ("2", ()), ("3", (Turn("yes", "yes"),))]


def test_a_set_has_a_row_for_all_and_one_for_each_kind() -> None:
    cases = [
        a_case("1", "yes"),
        a_case("2", "no", kind="document"),
        a_case("3", "NO", kind="document"),
    ]

    rows = rows_of(ask_all(Parrot(), cases))

    assert [(row["kind"], row["questions"]) for row in rows] == [
        ("all", 3),
        ("screen", 1),
        ("document", 2),
    ]
    assert [rows[0][name] for name in ("right", "wrong", "abstained")] == [1, 1, 1]
    assert all(row["ms_p95"] >= row["ms_p50"] >= 0 for row in rows)


def test_the_interval_is_wilsons() -> None:
    low, high = wilson(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)


@given(st.integers(0, 500).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_interval_holds_the_share(counted: tuple[int, int]) -> None:
    count, of = counted
    low, high = wilson(count, of)
    assert 0 <= low <= high <= 1
    if of:
        assert low - 1e-12 <= count / of <= high + 1e-12
