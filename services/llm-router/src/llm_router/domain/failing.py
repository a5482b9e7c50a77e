"""What a failure of a model says of it: whether to ask it again, and when."""

from dataclasses import dataclass
from typing import Final

from contracts.ids import TurnId
from hosted_models.calls import FailureReason
from llm_router.domain.reply import Failure

TRANSIENT: Final[frozenset[FailureReason]] = frozenset(
    {"timeout", "unavailable", "rate_limited", "overloaded"}
)
"""The same request may be answered a moment later."""
BACKOFF_MS: Final = 250
"""Of the first wait; each further one is twice as long."""
OWN_MODELS: Final = "local:"


@dataclass(frozen=True)
class NotAsked(Failure):
    """Nobody was asked: the model is left alone, for the reason of its last failure."""


@dataclass(frozen=True)
class Later:
    """A model that may be asked again, by its place in the policy.

    Attributes:
        left_ms: of the turn's time when it may be asked, at most.
    """

    tier: int
    model: int
    left_ms: int


def later_of(
    place: tuple[int, int, str], failure: Failure, left_ms: int, turn_id: TurnId, attempts: int
) -> Later | None:
    """When the model at a place may be asked again; None: not for this turn.

    After as long as the provider says. If it says nothing, after half to all of a time that doubles
    with the attempts: turns that failed together come back one by one, as their ids spread them.
    """
    tier, model, name = place
    if failure.reason not in TRANSIENT or name.startswith(OWN_MODELS):
        return None
    if failure.retry_after_s is not None:
        return Later(tier, model, left_ms - round(failure.retry_after_s * 1000))
    share = (turn_id.int >> 16 * (attempts % 8) & 0xFFFF) / 0xFFFF
    wait_ms = round(BACKOFF_MS * 2 ** (attempts - 1) * (1 + share) / 2)
    return Later(tier, model, left_ms - wait_ms)
