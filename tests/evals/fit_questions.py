"""Fit the weights by which an English sentence is told to ask something or not.

    PYTHONPATH=tests python tests/evals/fit_questions.py DATA_DIR

Logistic regression (L2) over `question_features` of the half of `support.questions.corpus` that is
not held back, and of the project's own examples. A question mark is the label: behind a tag ("…,
right?") it counts as talk, and so does a question to the others in the room; where a sentence with
one does not begin as questions do, it is left out, since the words do not tell. Writes
`english_questions.json` into media-agent: whole numbers, so that every machine adds up the same.
"""

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse  # pyright: ignore[reportMissingTypeStubs]  # it has none

from media_agent.domain.conversation.question_features import features
from support.questions.corpus import sentences
from support.questions.labels import Labelled, common_words, examples, labelled

WEIGHTS: Final = Path(str(files("media_agent"))) / "domain/conversation/english_questions.json"

SCALE: Final = 100
SMALLEST: Final = 6
"""Of the whole numbers: what weighs less is left out."""
PENALTY: Final = 0.7
MIN_SENTENCES: Final = 5
"""That a row of words must stand in, to have a weight."""
FOLDS: Final = 2
MOST_STEPS: Final = 150
MAX_TALK_RATIO: Final = 0.010
"""Of sentences of meeting talk, by cross-validation; an utterance has more than one."""

Floats = NDArray[np.float64]


def main(data: Path) -> None:
    fitted_on = [one for one in sentences(data) if not one.is_held_back]
    common = common_words(fitted_on)
    rows = [*filter(None, map(labelled, fitted_on)), *examples()]
    known = _known(rows, common)
    matrix = _matrix(rows, common, known)
    threshold = _threshold(matrix, rows)
    weights = fit(matrix, rows, np.ones(len(rows), bool))
    write(known, common, weights, threshold)
    asked = sum(row.asks for row in rows)
    sys.stdout.write(
        f"{len(rows)} sentences, {asked} ask; {len(known)} features, {len(common)} common words; "
        f"threshold {threshold:.2f}; {WEIGHTS.stat().st_size} bytes\n"
    )


def _known(rows: Iterable[Labelled], common: frozenset[str]) -> dict[str, int]:
    times = Counter(one for row in rows for one in features(row.found, common))
    known = sorted(one for one, count in times.items() if count >= MIN_SENTENCES)
    return {one: at for at, one in enumerate(known)}


def _matrix(rows: Sequence[Labelled], common: frozenset[str], known: dict[str, int]) -> Any:
    of = [[known[one] for one in features(row.found, common) if one in known] for row in rows]
    starts = np.cumsum([0, *map(len, of)])
    at = np.array([one for row in of for one in row])
    return cast("Any", sparse).csr_matrix(
        (np.ones(len(at)), at, starts), shape=(len(rows), len(known))
    )


def fit(matrix: Any, rows: Sequence[Labelled], use: NDArray[np.bool_]) -> Floats:
    """Weights of the features, and behind them the constant."""
    x = matrix[use]
    sign = np.array([1.0 if row.asks else -1.0 for row in rows])[use]
    weight = np.array([row.weight for row in rows])[use]

    def loss(weights: Floats) -> tuple[float, Floats]:
        margin = sign * (x @ weights[:-1] + weights[-1])
        slope = -weight * sign / (1 + np.exp(np.minimum(margin, 50)))
        value = float(weight @ np.logaddexp(0, -margin) + PENALTY / 2 * weights[:-1] @ weights[:-1])
        return value, np.append(x.T @ slope + PENALTY * weights[:-1], slope.sum())

    found: Any = cast("Any", optimize).minimize(
        loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": MOST_STEPS}
    )
    return found.x


def _threshold(matrix: Any, rows: Sequence[Labelled]) -> float:
    """So high that meeting talk which was not fitted to stays below it, but for the ratio."""
    fold = np.array([_number_of(row.group) % FOLDS for row in rows])
    scores = np.zeros(len(rows))
    for one in range(FOLDS):
        weights = fit(matrix, rows, fold != one)
        scores[fold == one] = (matrix @ weights[:-1] + weights[-1])[fold == one]
    talk = np.array([row.is_meeting_talk for row in rows])
    threshold = float(np.quantile(scores[talk], 1 - MAX_TALK_RATIO))
    _report(scores, rows, threshold)
    return threshold


def _report(scores: Floats, rows: Sequence[Labelled], threshold: float) -> None:
    asks = np.array([row.asks for row in rows])
    recall = float((scores[asks] > threshold).mean())
    talk = float((scores[~asks] > threshold).mean())
    sys.stdout.write(f"cross-validated: recall {recall:.3f}, of all talk {talk:.4f}\n")


def _number_of(text: str) -> int:
    return hashlib.md5(text.encode(), usedforsecurity=False).digest()[1]


def write(known: dict[str, int], common: frozenset[str], weights: Floats, threshold: float) -> None:
    whole = np.rint(weights * SCALE).astype(int)
    kept = {one: int(whole[at]) for one, at in known.items() if abs(whole[at]) >= SMALLEST}
    content = {
        "version": 1,
        "threshold": round((threshold - weights[-1]) * SCALE),
        "weights": kept,
        "common": sorted(common),
    }
    WEIGHTS.write_text(json.dumps(content, indent=0, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
