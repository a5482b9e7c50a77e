"""Where a turn begins: the tenant's policy, and the score that it may go by."""

from dataclasses import dataclass
from itertools import accumulate
from math import nextafter
from typing import Final

from contracts.ids import TurnId
from contracts.tenants import WHOLE, RoutingPolicy, Weights
from llm_router.domain.complexity import MOST

SHARES: Final = 3
"""Weights are of the weakest, the middle and the strongest tier."""
SCORED: Final = (1, 4, 39, 40, 42, 20, 24, 33, 22, 14, 8, 3, 0, 0, 0, 0, 0, 0, 0)
"""250 public questions to documents, by their score (tests/evals/complexity.py)."""
_BELOW: Final = (0, *accumulate(SCORED))


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
