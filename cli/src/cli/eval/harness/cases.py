"""Questions with what is known when they are asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import thread_time
from typing import Final, Protocol

from cli.eval.harness.judging import Judge, Said, Verdict, judge
from cli.provisioning.tenants import OWN_PLAN
from contracts.knowledge import Passage
from contracts.tenants import PLANS
from contracts.vision import FrameDescribed

LIMIT: Final = PLANS[OWN_PLAN].knowledge_limit
"""Passages a question, as the command's own tenants have them."""


class Search(Protocol):
    """A second look into the documents."""

    def __call__(self, text: str, *, limit: int) -> tuple[Passage, ...]: ...


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
        search: finds passages of the session's documents; None where only `passages` are there.
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
    search: Search | None = None


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
    """What a method made of a case; `ms` of one core: the models' threads are ours."""

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
        began = thread_time()
        said = method.answer(case, tuple(before))
        took_ms = (thread_time() - began) * 1000
        before.append(Turn(case.question, "" if said.abstained else said.text))
        outcomes.append(Outcome(case, method.name, said, judge(said, case.judge), took_ms))
    return outcomes
