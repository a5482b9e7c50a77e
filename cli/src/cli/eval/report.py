"""Running the methods over sets, and printing what comes out."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from cli.bench.harness.report import commit, machine
from cli.command_line.errors import Exit, bad_input
from cli.command_line.options import mode_of
from cli.command_line.output import print_json, say
from cli.eval.harness.cases import Case, Method, Outcome, ask_all
from cli.eval.harness.halves import Half, half_of
from cli.eval.harness.metrics import ALL, Row, rows_of
from cli.eval.methods.answerer import Answerer
from cli.eval.methods.nearest_line import NearestLine, fitted_threshold
from llm_router.adapters.extractive_models import CachedMiniLm
from local_models.embedding import MiniLm

Data = Annotated[
    list[Path],
    typer.Option("--data", metavar="DIR", help="Where the sets are; may be given several times."),
]
HalfOption = Annotated[
    Half, typer.Option("--half", help="Which half of each set: only `tune` may be tuned on.")
]
Check = Annotated[bool, typer.Option("--check", help="Exit 1 when a figure is missed.")]
Failures = Annotated[
    bool, typer.Option("--failures", help="List what the answerer got wrong, or left out.")
]
Read = Callable[[Path, MiniLm, ExitStack], Iterator[Case]]


@dataclass(frozen=True)
class QuestionSet:
    """Of a folder that one of the data folders may hold.

    Attributes:
        read: the cases of a data folder that has `name`; what they need stays open in the stack.
        least_right, most_wrong: shares of all its questions to be reached with --check.
    """

    name: str
    read: Read
    least_right: float | None = None
    most_wrong: float | None = None


@dataclass
class Evaluated:
    """What one evaluation found."""

    rows: list[Row] = field(default_factory=list[Row])
    skipped: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    failures: list[dict[str, str]] = field(default_factory=list[dict[str, str]])


def evaluate(sets: Sequence[QuestionSet], data: Sequence[Path], half: Half) -> Evaluated:
    """Every set that is there, by every method.

    Raises:
        CliError: 3, a folder is missing, or none of them holds any of the sets.
    """
    folders = {one.name: _folder(one.name, data) for one in sets}
    found = Evaluated()
    model = MiniLm()
    for one in sets:
        folder = folders[one.name]
        if folder is None:
            why = f"no folder {one.name} in {', '.join(map(str, data))}"
            found.skipped.append({"set": one.name, "reason": why})
            say(f"skipped {one.name}: {why}")
            continue
        say(f"{one.name}: reading")
        with ExitStack() as stack:
            outcomes = _outcomes(list(one.read(folder, model, stack)), model, half)
        found.rows += rows_of(outcomes)
        found.failures += [_failure(each) for each in outcomes if each.verdict != "right"]
    if not found.rows:
        names = ", ".join(folders)
        raise bad_input("no_data", f"None of {names} is there.", "Name the folder that holds them.")
    return found


def _folder(name: str, data: Sequence[Path]) -> Path | None:
    for path in data:
        mode_of(path)
    return next((path for path in data if (path / name).is_dir()), None)


def _outcomes(cases: Sequence[Case], model: MiniLm, half: Half) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for name in dict.fromkeys(case.set for case in cases):
        own = [case for case in cases if case.set == name]
        chosen = [case for case in own if half_of(case.key) is half]
        tune = [case for case in own if half_of(case.key) is Half.TUNE]
        say(f"{name}: {len(chosen)} questions of the half to {half}")
        threshold = fitted_threshold(CachedMiniLm(model), tune)
        methods: tuple[Method, ...] = (
            Answerer(CachedMiniLm(model)),
            NearestLine(CachedMiniLm(model), threshold),
            NearestLine(CachedMiniLm(model), -1.0, "nearest_line_always"),
        )
        for method in methods:
            outcomes += ask_all(method, chosen)
    return outcomes


def _failure(outcome: Outcome) -> dict[str, str]:
    case = outcome.case
    return {
        "set": case.set,
        "method": outcome.method,
        "kind": case.kind,
        "id": case.id,
        "verdict": outcome.verdict,
        "question": case.question,
        "expected": case.expected,
        "answer": outcome.said.text,
    }


@dataclass(frozen=True)
class Wanted:
    """What is printed, and whether a missed figure ends with 1."""

    half: Half
    check: bool
    failures: bool
    as_json: bool


def report(name: str, found: Evaluated, sets: Sequence[QuestionSet], wanted: Wanted) -> None:
    """Print, and with `check` end with 1 when a figure is missed."""
    failures = [one for one in found.failures if one["method"] == Answerer.name]
    if wanted.as_json:
        about: dict[str, Any] = {
            "name": name,
            "half": wanted.half.value,
            "rows": found.rows,
            "plots": [],
            "skipped": found.skipped,
            "machine": machine(),
            "commit": commit(),
        }
        print_json(about | ({"failures": failures} if wanted.failures else {}))
    else:
        _print_table(found.rows)
        for one in failures if wanted.failures else ():
            say(f"{one['set']} {one['id']} ({one['kind']}): {one['verdict']}")
            say(f"  {one['question']}\n  expected: {one['expected']}\n  answer: {one['answer']}")
    missed = [text for one in sets for text in _missed(one, found.rows)]
    for text in missed:
        say(f"missed: {text}")
    if wanted.check and missed:
        raise typer.Exit(Exit.NOT_GOOD)


def _missed(one: QuestionSet, rows: Sequence[Row]) -> Iterator[str]:
    own = [
        row
        for row in rows
        if row["set"] == one.name and row["method"] == Answerer.name and row["kind"] == ALL
    ]
    for row in own:
        right, wrong = row["right_ratio"], row["wrong_ratio"]
        if one.least_right is not None and right < one.least_right:
            yield f"{one.name}: right {right:.2f} is under {one.least_right:g}"
        if one.most_wrong is not None and wrong > one.most_wrong:
            yield f"{one.name}: wrong {wrong:.2f} is over {one.most_wrong:g}"


SHOWN: Final = ("set", "method", "kind", "questions", "right", "wrong", "abstained")


def _print_table(rows: Sequence[Row]) -> None:
    table = Table(*SHOWN, "right, 95 %", "ms p50", "ms p95")
    for row in rows:
        share = f"{row['right_ratio']:.2f} ({row['right_low']:.2f}-{row['right_high']:.2f})"
        figures = (share, str(row["ms_p50"]), str(row["ms_p95"]))
        table.add_row(*(str(row[column]) for column in SHOWN), *figures)
    Console(stderr=True).print(table)
