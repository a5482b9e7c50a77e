"""Questions with what is known when they are asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import process_time
from typing import Protocol

from cli.eval.harness.judging import Judge, Said, Verdict, judge
from contracts.knowledge import Passage
from contracts.vision import FrameDescribed


@dataclass(frozen=True)
class Case:
    """One question.

    Attributes:
        kind: what the question is about, within its set.
        key: what its half is decided by, see `half_of`.
        judge: None where only an abstention is right.
        expected: for people who look at failures.
        passages: best first.
        frames: all that the session has shown so far, oldest first.
        at_ms: session time at which it is asked.
        session: its questions are asked in their order, and each knows the turns before; "" where
            a question stands alone.
    """

    set: str
    kind: str
    key: str
    id: str
    question: str
    judge: Judge | None
    expected: str
    passages: tuple[Passage, ...] = ()
    frames: tuple[FrameDescribed, ...] = ()
    at_ms: int = 0
    session: str = ""


@dataclass(frozen=True)
class Turn:
    """A question of the same session, and what was said."""

    question: str
    answer: str


class Method(Protocol):
    """Answers questions."""

    name: str

    def answer(self, case: Case, turns: Sequence[Turn]) -> Said: ...


@dataclass(frozen=True)
class Outcome:
    """What a method made of a case; `ms` of one core."""

    case: Case
    method: str
    said: Said
    verdict: Verdict
    ms: float


def ask_all(method: Method, cases: Iterable[Case]) -> list[Outcome]:
    """Every case once, in order."""
    turns: dict[str, list[Turn]] = {}
    outcomes: list[Outcome] = []
    for case in cases:
        before = turns.setdefault(f"{case.set} {case.session or case.id}", [])
        began = process_time()
        said = method.answer(case, tuple(before))
        took_ms = (process_time() - began) * 1000
        before.append(Turn(case.question, said.text))
        outcomes.append(Outcome(case, method.name, said, judge(said, case.judge), took_ms))
    return outcomes
