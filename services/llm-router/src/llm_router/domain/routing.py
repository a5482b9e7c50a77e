"""Which models there are, and with which a turn begins: by the tenant's policy and a score."""

from dataclasses import dataclass
from itertools import accumulate
from math import nextafter
from typing import Final

from contracts.ids import TurnId
from contracts.tenants import WHOLE, RoutingPolicy, Weights
from llm_router.domain.complexity import MOST

MAX_ATTEMPTS: Final = 3
SHARES: Final = 3
"""Weights are of the weakest, the middle and the strongest tier."""
SCORED: Final = (1, 4, 39, 40, 42, 20, 24, 33, 22, 14, 8, 3, 0, 0, 0, 0, 0, 0, 0)
"""250 public questions to documents, by their score (tests/evals/complexity.py)."""
_BELOW: Final = (0, *accumulate(SCORED))


@dataclass(frozen=True)
class Tier:
    """Models of the same strength, in the order they are tried when one fails."""

    name: str
    models: tuple[str, ...]


@dataclass(frozen=True)
class ModelPolicy:
    """Which models answer, weakest tier first, and when an answer is good enough.

    Attributes:
        last_resort: asked once, beside the attempts, when all providers failed.
        blind: those of its models that see no pictures.
        pictures: models that see, for the tiers in which nobody does; empty: there are none.
    """

    tiers: tuple[Tier, ...]
    threshold_ratio: float = 0.8
    max_attempts: int = MAX_ATTEMPTS
    last_resort: Tier | None = None
    blind: frozenset[str] = frozenset()
    pictures: tuple[str, ...] = ()

    def tier(self, place: int) -> Tier:
        """The tier at a place; the one after the strongest is the last resort."""
        if place == len(self.tiers) and self.last_resort is not None:
            return self.last_resort
        return self.tiers[place]

    def __post_init__(self) -> None:
        if not self.tiers or not all(tier.models for tier in self.tiers):
            raise ValueError("a policy needs a tier, and each tier a model")
        if not 1 <= self.max_attempts <= MAX_ATTEMPTS:
            raise ValueError(f"max_attempts must be 1 to {MAX_ATTEMPTS}")


@dataclass(frozen=True)
class Route:
    """A tenant's way to a model.

    Attributes:
        weights: percent of the turns, for `weighted`; they add up to 100.
    """

    policy: RoutingPolicy = "attempt"
    weights: Weights = (60, 25, 15)

    @property
    def escalates(self) -> bool:
        """Whether an answer that is not good enough is asked of a stronger tier."""
        return self.policy in ("attempt", "hybrid")

    def first_tier(self, tiers: int, score: int, turn_id: TurnId) -> int:
        """Of so many tiers, weakest first; a higher score never begins with a weaker one."""
        match self.policy:
            case "attempt":
                return 0
            case "complexity" | "hybrid":
                return score * tiers // (MOST + 1)
            case "weighted":
                return self._share(score, turn_id) * (tiers - 1) // (SHARES - 1)

    def why(self, score: int) -> str:
        """What the choice rests on, in a few words; empty where it rests on nothing."""
        return "" if self.policy == "attempt" else f"{self.policy}, score {score} of {MOST}"

    def _share(self, score: int, turn_id: TurnId) -> int:
        """0, 1 or 2: where the turn stands among turns, by score, cut by the weights.

        Turns of one score are spread evenly by their ids, so the shares come out as the weights
        say, wherever questions score as those that were counted (`SCORED`).
        """
        spread = (turn_id.int & 0xFFFF_FFFF) / 2**32
        place = WHOLE * (_BELOW[score] + spread * SCORED[score]) / _BELOW[-1]
        first, second, _ = accumulate(self.weights)
        # What scores above all that were counted stands at the end, which no weight of 0 owns.
        place = min(place, nextafter(WHOLE, 0))
        return (place >= first) + (place >= second)
