"""The fitted weights: which candidate is chosen, and how far the choice is trusted."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

VERSION: Final = 1


@dataclass(frozen=True)
class Weights:
    """A linear model over named features; a feature without a weight counts nothing."""

    bias: float
    by_name: Mapping[str, float]

    def score(self, names: Sequence[str], features: Sequence[float]) -> float:
        return self.bias + sum(
            self.by_name.get(name, 0.0) * value for name, value in zip(names, features, strict=True)
        )


@dataclass(frozen=True)
class Model:
    """Made by `tests/evals/fit_answering.py`.

    Attributes:
        choose: its score orders the candidates of a question.
        trust: its score, through `probability`, is how sure the first one is right.
        threshold: trust in a piece of a document below which the answerer abstains.
        screen_threshold: the same of a screen, where more stands together by chance.
    """

    choose: Weights
    trust: Weights
    threshold: float
    screen_threshold: float

    def least_trust(self, *, on_screen: bool) -> float:
        return self.screen_threshold if on_screen else self.threshold


def probability(score: float) -> float:
    """The logistic function, [0, 1]."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


@lru_cache(maxsize=1)
def model() -> Model:
    """The weights in the package.

    Raises:
        ValueError: the file is of another version than the features.
    """
    raw = json.loads((files("answering") / "scoring" / "weights.json").read_text("utf-8"))
    if raw["version"] != VERSION:
        raise ValueError(f"weights.json is of version {raw['version']}, not {VERSION}")
    return Model(
        Weights(raw["choose"]["bias"], raw["choose"]["weights"]),
        Weights(raw["trust"]["bias"], raw["trust"]["weights"]),
        raw["threshold"],
        raw["screen_threshold"],
    )
