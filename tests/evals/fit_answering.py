"""Fit the answerer's weights (libs/answering/src/answering/scoring/weights.json).

    python tests/evals/fit_answering.py DATA_DIR [--meetings build/evals] [--write]

From the half of the public questions that may be tuned on (cli/src/cli/eval/harness/halves.py):
DATA_DIR/screen-qa, abstain-clapnq, rag-productdocs, rag-chunking; and from the meetings that may be
tuned on, where they are given. `choose` is a listwise softmax
over the candidates of a question that has an answer, `trust` a logistic regression on the first
candidate of every question; both are held near `PRIOR`, which speaks where the data do not.
Without --write it only says how good the weights are, by cross-validation.
"""

import argparse
import json
import pickle
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
from answering_cases import MEETING, Case, meeting_cases, public_cases
from numpy.typing import NDArray

from answering.candidates.candidate import Candidate
from answering.choosing.choice import candidates_for
from answering.question.reading import read_question
from answering.scoring.features import NAMES, Nearness, everything, features_of
from answering.scoring.figures import holds_figures
from answering.scoring.matching import Matcher
from answering.scoring.ranking import margins, rank
from cli.eval.harness.halves import Half
from llm_router.adapters.extractive_models import CachedMiniLm
from local_models.embedding import MiniLm

WEIGHTS: Final = Path("libs/answering/src/answering/scoring/weights.json")
PRIOR: Final = json.loads(Path("tests/evals/answering_prior.json").read_text())
Floats = NDArray[np.float64]
FOLDS: Final = 5
MEETING_WEIGHT: Final = 6.0
"""Meetings are what it is for; there are few of their questions."""


@dataclass(frozen=True)
class Row:
    """A question's candidates: features (n, len(NAMES)), rightness (n,)."""

    kind: str
    question: str
    features: Floats
    right: Floats
    answerable: bool
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Read:
    """What took a model to make: the candidates of a question, and how near each is in meaning."""

    kind: str
    question: str
    everything: tuple[Candidate, ...]
    shortlist: tuple[Candidate, ...]
    near: tuple[Nearness, ...]
    right: tuple[float, ...]
    answerable: bool

    def row(self) -> Row | None:
        """With today's features."""
        reading = read_question(self.question)
        matcher = Matcher(
            reading.weights, [everything(one, reading.lang) for one in self.everything]
        )
        features = features_of(reading, self.shortlist, self.near, matcher)
        held = [
            at
            for at, one in enumerate(self.shortlist)
            if holds_figures(reading, everything(one, reading.lang))
        ]
        if not held:
            return None
        return Row(
            self.kind,
            self.question,
            np.array([features[at] for at in held]),
            np.array([self.right[at] for at in held]),
            self.answerable,
            tuple(self.shortlist[at] for at in held),
        )


def read_case(model: CachedMiniLm, case: Case) -> Read:
    reading = read_question(case.question)
    evidence = case.evidence
    candidates = candidates_for(reading, evidence)
    ranked = rank(model.similarity, reading, candidates, evidence)
    right = [case.right(one.candidate) if case.answerable else 0.0 for one in ranked]
    return Read(
        case.kind,
        case.question,
        tuple(candidates),
        tuple(one.candidate for one in ranked),
        tuple(Nearness(one.feature("near"), one.feature("near_context")) for one in ranked),
        tuple(right),
        case.answerable,
    )


def prior(name: str) -> Floats:
    return np.array([PRIOR[name]["weights"].get(one, 0.0) for one in NAMES])


def fit_choose(data: Sequence[Row], strength: float = 0.02, steps: int = 300) -> Floats:
    """Gradient ascent on the log share that the softmax gives to what is right."""
    w = prior("choose")
    start = w.copy()
    useful = [row for row in data if row.right.max() > 0]
    speed = np.zeros_like(w)
    for _ in range(steps):
        slope = np.zeros_like(w)
        for row in useful:
            share = softmax(row.features @ w)
            target = share * row.right
            slope += (target / target.sum() - share) @ row.features
        slope = slope / len(useful) - strength * (w - start)
        speed = 0.9 * speed + slope
        w = w + 0.1 * speed
    return w


def fit_trust(
    data: Sequence[Row], choose: Floats, strength: float = 0.02, steps: int = 1_500
) -> tuple[Floats, float]:
    first = np.array([with_margin(row, choose)[np.argmax(row.features @ choose)] for row in data])
    right = np.array([row.right[np.argmax(row.features @ choose)] for row in data])
    weight = np.array([MEETING_WEIGHT if row.kind == MEETING else 1.0 for row in data])
    w, bias = prior("trust"), float(PRIOR["trust"]["bias"])
    start = w.copy()
    speed, bias_speed = np.zeros_like(w), 0.0
    for _ in range(steps):
        error = weight * ((right > 0) - 1 / (1 + np.exp(-(first @ w + bias))))
        slope = error @ first / weight.sum() - strength * (w - start)
        speed, bias_speed = 0.9 * speed + slope, 0.9 * bias_speed + error.sum() / weight.sum()
        w, bias = w + 0.05 * speed, bias + 0.05 * bias_speed
    return w, bias


def with_margin(row: Row, choose: Floats) -> Floats:
    """The features, with how far each candidate is before the next."""
    features = row.features.copy()
    features[:, NAMES.index("margin")] = margins((row.features @ choose).tolist(), row.candidates)
    return features


def softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


@dataclass(frozen=True)
class Judged:
    kind: str
    trust: float
    right: float
    answerable: bool
    best: float
    question: str
    said: str


def judged(data: Sequence[Row], choose: Floats, trust: Floats, bias: float) -> list[Judged]:
    found: list[Judged] = []
    for row in data:
        at = int(np.argmax(row.features @ choose))
        sure = float(1 / (1 + np.exp(-(with_margin(row, choose)[at] @ trust + bias))))
        found.append(
            Judged(
                row.kind,
                sure,
                float(row.right[at]),
                row.answerable,
                float(row.right.max()),
                row.question,
                row.candidates[at].spoken,
            )
        )
    return found


def report(found: Sequence[Judged], threshold: float) -> None:
    kinds = sorted({one.kind for one in found})
    for kind in [*kinds, "all"]:
        some = [one for one in found if kind in (one.kind, "all")]
        n = len(some)
        said = [one for one in some if one.trust >= threshold]
        right = sum(one.right > 0 for one in said) / n
        wrong = sum(one.right == 0 for one in said) / n
        first = sum(one.right > 0 for one in some) / n
        possible = sum(one.best > 0 for one in some) / n
        sys.stdout.write(
            f"{kind:28s} n={n:3d} right={right:.2f} wrong={wrong:.2f} "
            f"first={first:.2f} possible={possible:.2f}\n"
        )


def crossed(data: Sequence[Row]) -> list[Judged]:
    found: list[Judged] = []
    for fold in range(FOLDS):
        train = [row for at, row in enumerate(data) if at % FOLDS != fold]
        held = [row for at, row in enumerate(data) if at % FOLDS == fold]
        choose = fit_choose(train)
        found += judged(held, choose, *fit_trust(train, choose))
    return found


def as_json(choose: Floats, trust: Floats, bias: float, thresholds: argparse.Namespace) -> str:
    def named(w: Floats) -> dict[str, float]:
        return {name: round(float(value), 3) for name, value in zip(NAMES, w, strict=True)}

    raw: dict[str, Any] = {
        "version": 1,
        "threshold": thresholds.threshold,
        "screen_threshold": thresholds.screen_threshold,
        "choose": {"bias": 0.0, "weights": named(choose)},
        "trust": {"bias": round(bias, 3), "weights": named(trust)},
    }
    return json.dumps(raw, indent=2) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--threshold", type=float, default=0.45)
    parser.add_argument("--screen-threshold", type=float, default=0.58)
    parser.add_argument(
        "--meetings", type=Path, help="build/evals, as tests/evals/meetings makes it"
    )
    parser.add_argument("--rows", type=Path, help="keep the features here, and read them again")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    model = MiniLm()
    cached = CachedMiniLm(model)
    if given.rows and given.rows.exists():
        reads: list[Read] = pickle.loads(given.rows.read_bytes())
    else:
        cases = public_cases(given.data, Half.TUNE, model)
        told = meeting_cases(given.meetings, Half.TUNE) if given.meetings else ()
        reads = [read_case(cached, case) for case in chain(cases, told)]
        if given.rows:
            given.rows.write_bytes(pickle.dumps(reads))
    data = [row for read in reads if (row := read.row())]
    if not given.write:
        report(crossed(data), given.threshold)
    choose = fit_choose(data)
    trust, bias = fit_trust(data, choose)
    text = as_json(choose, trust, bias, given)
    if given.write:
        WEIGHTS.write_text(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
